/** Nodes at one moment, for tests. */
import { NodeRecord, type NodeRow } from '../../src/fleet/node-record.ts';
import { noDetails } from '../../src/top/detail-pane.ts';
import { noHotKeys } from '../../src/top/keys/hot-keys.ts';
import { noKeys } from '../../src/top/keys/key-browser.ts';
import { type Data, firstState, type TopState } from '../../src/top/model.ts';

/** Statistics as a node tells them. */
export function statsOf(values: Readonly<Record<string, string | number>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** A node that had so many gets and stores in the last second. */
export function upRow(
  node: string,
  gets: number,
  sets: number,
  more: Readonly<Record<string, string | number>> = {},
): NodeRow {
  const record = new NodeRecord(node, 0);
  const rest = { version: '1.6.18', pid: 1, limit_maxbytes: 64 * 1024 ** 2, bytes: 32 * 1024 ** 2, curr_items: 1234 };
  const zero = { cmd_get: 0, cmd_set: 0, get_hits: 0, get_misses: 0, evictions: 0, bytes_read: 0, bytes_written: 0 };
  record.heard({ at: 0, stats: statsOf({ uptime: 10, ...zero, ...rest }) });
  record.tick(0);
  const now = { cmd_get: gets, cmd_set: sets, get_hits: gets * 0.75, get_misses: gets * 0.25 };
  record.heard({ at: 1000, stats: statsOf({ uptime: 11, ...zero, ...now, ...rest, ...more }) });
  for (let cold = 0; cold < 3; cold++) record.probed(9);
  for (let ms = 1; ms <= 100; ms++) record.probed(ms / 100);
  return record.tick(1000);
}

/** A node that cannot be reached. */
export function downRow(node: string, problem: string): NodeRow {
  const record = new NodeRecord(node, 0);
  record.failed(problem, false);
  return record.tick(0);
}

/** What is shown of these nodes. */
export function dataOf(nodes: readonly NodeRow[], more: Partial<Data> = {}): Data {
  const time = new Date(2026, 0, 31, 14, 3, 22).getTime();
  return { snapshot: { time, nodes, problem: undefined }, details: noDetails, hot: noHotKeys, level: noKeys, ...more };
}

/** The state at the start with some of it changed. */
export function stateOf(change: Partial<TopState> = {}): TopState {
  return { ...firstState, ...change };
}
