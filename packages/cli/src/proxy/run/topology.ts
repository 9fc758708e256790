/** What `/topology` shows: where clients come in, and what is behind, over all processes. */
import type { NodeStats, ProxyOptions, ProxyStats } from 'memfleet/proxy';
import { mergeStats } from '../metrics/merge-stats.ts';
import { type EngineState, formatAddress } from './host.ts';

/** The reply to `/topology`, as plain data. */
export function topologyOf(states: readonly EngineState[], { routes }: ProxyOptions): unknown {
  const [first, ...rest] = states.map(({ stats }) => stats);
  if (first === undefined) return { processes: 0, listeners: [], routes: routes ?? {}, clusters: {} };
  const all = mergeStats([first, ...rest]);
  return {
    processes: states.length,
    listeners: all.listeners.map(({ name, address, route, sessions, maxSessions }) => ({
      name,
      address: formatAddress(address),
      route,
      sessions,
      maxSessions,
    })),
    routes: routes ?? {},
    clusters: Object.fromEntries(
      Object.entries(all.clusters).map(([name, { revision, nodes }]) => [
        name,
        {
          revision,
          nodes: nodes.map((node) =>
            shownNode(
              node,
              states.map(({ stats }) => stats),
              name,
            ),
          ),
        },
      ]),
    ),
  };
}

function shownNode(node: NodeStats, all: readonly ProxyStats[], cluster: string): unknown {
  const states = all.map(({ clusters }) => clusters[cluster]?.nodes.find((other) => other.node === node.node)?.state);
  const isMixed = new Set(states).size > 1;
  return { ...node, ...(isMixed ? { states } : {}) };
}
