/** Snapshots of tests. */
import type { NodeRow, Snapshot } from '../../src/dashboard/snapshot.ts';

/** A node. */
export function node(name: string, given: Partial<NodeRow> = {}): NodeRow {
  return {
    cluster: 'main',
    node: name,
    state: 'alive',
    latency: { counts: [0, 0, 0], sum: 0 },
    ejections: 0,
    pool: {
      open: 1,
      connecting: 0,
      inFlight: 0,
      waiting: 0,
      connects: 1,
      connectFailures: 0,
      timeouts: 0,
      waits: 0,
      refused: 0,
    },
    ...given,
  };
}

/** A snapshot of a proxy. */
export function snapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    at: 1_000_000,
    source: 'proxy',
    version: '1.2.3',
    uptime: 1,
    unready: [],
    latencyBounds: [0.001, 0.01],
    commands: [],
    multigetKeys: 0,
    mergedKeys: 0,
    nodes: [node('a:1')],
    topology: { main: 1 },
    listeners: [],
    frontCaches: [],
    processes: [],
    workerRestarts: 0,
    ...given,
  };
}
