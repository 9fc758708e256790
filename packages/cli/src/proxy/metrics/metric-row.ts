/** A metric of the proxy as a row of a table, and the ways to its values in the statistics of the engine. */
import type { ClusterStats, ListenerStats, NodeStats, ProxyStats } from 'memfleet/proxy';
import type { EventCounts } from './event-counts.ts';

/** What the metrics are read from. */
export interface MetricSource {
  readonly stats: ProxyStats;
  readonly events: EventCounts;
}

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** One metric. `combine` says what worker processes come to together. */
export interface MetricRow {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly combine: 'sum' | 'max';
  readonly samples: (source: MetricSource) => readonly Sample[];
}

export const sum = { combine: 'sum' } as const;
export const max = { combine: 'max' } as const;

export type Pick1<T> = (stats: T) => number;

export function whole(pick: Pick1<ProxyStats>): MetricRow['samples'] {
  return ({ stats }) => [[{}, pick(stats)]];
}

export function perListener(pick: Pick1<ListenerStats>): MetricRow['samples'] {
  return ({ stats }) => stats.listeners.map((listener): Sample => [{ listener: listener.name }, pick(listener)]);
}

export function perCluster(pick: Pick1<ClusterStats>): MetricRow['samples'] {
  return ({ stats }) => Object.entries(stats.clusters).map(([cluster, its]): Sample => [{ cluster }, pick(its)]);
}

export function perNode(pick: Pick1<NodeStats>): MetricRow['samples'] {
  return ({ stats }) =>
    Object.entries(stats.clusters).flatMap(([cluster, { nodes }]) =>
      nodes.map((node): Sample => [{ cluster, node: node.node }, pick(node)]),
    );
}

/** Also of nodes without any: a counter that begins with 1 has no growth that Prometheus sees. */
export function perEvent(
  counts: (events: EventCounts) => ReadonlyMap<string, ReadonlyMap<string, number>>,
): MetricRow['samples'] {
  return ({ stats, events }) =>
    Object.entries(stats.clusters).flatMap(([cluster, { nodes }]) => {
      const known = counts(events).get(cluster);
      return nodes.map(({ node }): Sample => [{ cluster, node }, known?.get(node) ?? 0]);
    });
}

export function perFrontCache(pick: Pick1<ProxyStats['frontCaches'][string]>): MetricRow['samples'] {
  return ({ stats }) => Object.entries(stats.frontCaches).map(([route, cache]): Sample => [{ route }, pick(cache)]);
}
