/**
 * Which lane a target needs: an address without TLS and login is measured by bare connections, everything else through
 * the library.
 */
import { isDiscovered } from 'memfleet';
import { fail } from '../failure.ts';
import { clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { ChurnLane } from './churn-lane.ts';
import { FleetLane } from './fleet-lane.ts';
import { KeyTable } from './key-table.ts';
import type { MakeLane } from './load-run.ts';
import { type WireAddress, WireLane } from './wire-lane.ts';
import type { RunPlan } from './workload.ts';

/** How a target is spoken to. */
export interface LaneKind {
  /** `wire`: bare connections with the text protocol. `client`: clients of the library. */
  readonly kind: 'wire' | 'client';
  readonly make: MakeLane;
}

/** `isChurning`: a connection for each request. */
export function laneKind(given: FleetArguments, plan: RunPlan, isChurning: boolean): LaneKind {
  const { timeout } = plan;
  const options = { ...clientOptionsOf(given), timeout, connectTimeout: timeout };
  const { verify, workload } = plan;
  const table = new KeyTable(workload);
  const { ttl } = workload;
  const address = bareAddress(options);
  if (address === undefined && isChurning) fail('--reconnect needs one address without TLS, login or other options');
  if (address === undefined)
    return { kind: 'client', make: (events, tally) => new FleetLane({ options, table, tally, verify, ttl }, events) };
  const Lane = isChurning ? ChurnLane : WireLane;
  return { kind: 'wire', make: (events, tally) => new Lane({ address, table, tally, verify, ttl }, events) };
}

/** The address of a target that is one node, or a proxy, and needs nothing but a connection. */
function bareAddress(options: ReturnType<typeof clientOptionsOf>): WireAddress | undefined {
  const { nodes = '', ...more } = options;
  const expected = new Set(['timeout', 'connectTimeout', 'locator']);
  if (Object.keys(more).some((name) => !expected.has(name))) return undefined;
  const entries = (typeof nodes === 'string' ? nodes.split(/[,;\s]+/) : (nodes as readonly string[])).filter(
    (entry) => entry !== '',
  );
  const [entry = ''] = entries;
  if (entries.length !== 1 || isDiscovered(entry)) return undefined;
  if (entry.startsWith('unix:') || entry.startsWith('/')) return { path: entry.replace(/^unix:(\/\/)?/, '') };
  const [, v6, host = v6 ?? '', port = '11211'] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?(?::\d+)?$/.exec(entry) ?? [];
  return host === '' ? undefined : { host, port: Number(port) };
}
