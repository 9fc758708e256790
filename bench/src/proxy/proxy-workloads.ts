/** The workloads of proxies, and the targets of memfleet's. */
import type { LoadTarget } from '../load/load-target.ts';
import { load, type LoadWorkload } from '../load/workload.ts';

export interface ProxyWorkload extends LoadWorkload {
  /** How many nodes are behind, by ketama. */
  readonly nodes: 1 | 3;
  /** memfleet's front cache is on. */
  readonly frontCache: boolean;
}

export const idleConnections = 10_000;

function proxied(workload: LoadWorkload, given: Partial<ProxyWorkload> = {}): ProxyWorkload {
  return { nodes: 1, frontCache: false, ...workload, ...given };
}

/** Names: operation, size or kind, then connections, then depth. */
export const proxyWorkloads: readonly ProxyWorkload[] = [
  proxied(load('get-c1-d1', 'get', 1)),
  proxied(load('get-c8-d1', 'get', 8)),
  proxied(load('get-c50-d1', 'get', 50)),
  proxied(load('get-c500-d1', 'get', 500)),
  proxied(load('get-c5000-d1', 'get', 5000)),
  proxied(load('get-c50-d32', 'get', 50, { depth: 32 })),
  proxied(load('get-c500-d32', 'get', 500, { depth: 32 })),
  proxied(load('set-c50-d1', 'set', 50)),
  proxied(load('set-c50-d32', 'set', 50, { depth: 32 })),
  proxied(load('get4k-c50-d1', 'get', 50, { size: 4096 })),
  proxied(load('ring-get-c50-d1', 'get', 50), { nodes: 3 }),
  proxied(load('ring-get-c50-d32', 'get', 50, { depth: 32 }), { nodes: 3 }),
  proxied(load('churn-c50', 'churn', 50)),
  proxied(load('zipf-c50-d1', 'get', 50, { keys: 10_000, zipf: true }), { frontCache: true }),
  proxied(load('idle', 'idle', idleConnections)),
];

export const proxyTargets: readonly LoadTarget[] = [
  { workload: 'get-c1-d1', kind: 'rate', bound: 0.8 },
  { workload: 'get-c8-d1', kind: 'rate', bound: 1.1 },
  { workload: 'get-c50-d1', kind: 'rate', bound: 1.15 },
  { workload: 'get-c500-d1', kind: 'rate', bound: 1.3 },
  { workload: 'get-c5000-d1', kind: 'rate', bound: 1 },
  { workload: 'get-c50-d32', kind: 'rate', bound: 5 },
  { workload: 'get-c500-d32', kind: 'rate', bound: 4 },
  { workload: 'set-c50-d1', kind: 'rate', bound: 0.85 },
  { workload: 'set-c50-d32', kind: 'rate', bound: 2.5 },
  { workload: 'get4k-c50-d1', kind: 'rate', bound: 1 },
  { workload: 'churn-c50', kind: 'rate', bound: 0.3 },
  { workload: 'zipf-c50-d1', kind: 'rate', bound: 2 },
  { workload: 'get-c50-d1', kind: 'node', bound: 0.35 },
  { workload: 'get-c50-d32', kind: 'node', bound: 0.35 },
  { workload: 'get-c5000-d1', kind: 'rss', bound: 200 },
  { workload: 'idle', kind: 'idle', bound: 8 },
];
