/** The snapshot of a fleet without a proxy: what its nodes say of themselves, and how fast they reply to probes. */
import { statOf, type Stats } from '../fleet/node-sample.ts';
import { probeBounds } from './probe-times.ts';
import {
  type CommandRow,
  type LatencyCounts,
  type NodeRow,
  type ProcessRow,
  results,
  type ResultCounts,
  type ServerFigures,
  type Snapshot,
} from './snapshot.ts';

/** What is known of one node. */
export interface KnownNode {
  readonly node: string;
  /** `new`, `up`, `slow`, `down`. */
  readonly state: string;
  /** Why it is slow or down. */
  readonly problem: string | undefined;
  /** The last that came; also of a node that is down by now. */
  readonly stats: Stats;
  readonly latency: LatencyCounts;
}

/** What a snapshot is made of. */
export interface FleetState {
  readonly at: number;
  readonly version: string;
  /** Of the dashboard, in seconds. */
  readonly uptime: number;
  /** Why the nodes are not known. */
  readonly problem: string | undefined;
  /** Counts the changes of the node list. */
  readonly revision: number;
  readonly nodes: readonly KnownNode[];
  readonly processes: readonly ProcessRow[];
}

/** Where memcached counts the results of a verb. */
const counters: Readonly<Record<string, Partial<Record<keyof ResultCounts, string>>>> = {
  get: { ok: 'get_hits', miss: 'get_misses' },
  set: { ok: 'cmd_set' },
  cas: { ok: 'cas_hits', miss: 'cas_misses', exists: 'cas_badval' },
  delete: { ok: 'delete_hits', miss: 'delete_misses' },
  incr: { ok: 'incr_hits', miss: 'incr_misses' },
  decr: { ok: 'decr_hits', miss: 'decr_misses' },
  touch: { ok: 'touch_hits', miss: 'touch_misses' },
};

/** The snapshot of a fleet. */
export function fleetSnapshot(state: FleetState): Snapshot {
  const nodes = state.nodes.map(nodeOf);
  return {
    at: state.at,
    source: 'fleet',
    version: state.version,
    uptime: state.uptime,
    unready: state.problem === undefined ? [] : [state.problem],
    latencyBounds: probeBounds,
    commands: Object.keys(counters).map((command) => total(command, nodes)),
    multigetKeys: 0,
    mergedKeys: 0,
    nodes,
    topology: { fleet: state.revision },
    listeners: [],
    frontCaches: [],
    processes: state.processes,
    workerRestarts: 0,
  };
}

function nodeOf({ node, state, problem, stats, latency }: KnownNode): NodeRow {
  return { cluster: 'fleet', node, state, latency, ejections: 0, server: serverOf(stats, problem) };
}

function serverOf(stats: Stats, error: string | undefined): ServerFigures {
  const of = (...names: readonly string[]): number => statOf(stats, ...names) ?? 0;
  return {
    version: stats.get('version') ?? '',
    uptime: of('uptime'),
    items: of('curr_items'),
    bytes: of('bytes', 'mem_used'),
    maxBytes: of('limit_maxbytes', 'ep_max_size'),
    evictions: of('evictions', 'ep_num_value_ejects'),
    connections: of('curr_connections'),
    received: of('bytes_read'),
    sent: of('bytes_written'),
    commands: Object.entries(counters).map(([command, names]) => {
      const counts = results.map((result) => {
        const name = names[result];
        return [result, name === undefined ? 0 : of(name)] as const;
      });
      return { command, ...(Object.fromEntries(counts) as Record<keyof ResultCounts, number>) };
    }),
    error,
  };
}

function total(command: string, nodes: readonly NodeRow[]): CommandRow {
  const rows = nodes.flatMap(({ server }) => server?.commands.filter((row) => row.command === command) ?? []);
  const sums = results.map((result) => [result, rows.reduce((sum, row) => sum + row[result], 0)] as const);
  return { command, ...(Object.fromEntries(sums) as Record<keyof ResultCounts, number>) };
}
