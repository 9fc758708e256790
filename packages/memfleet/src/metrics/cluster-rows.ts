/** Metrics of nodes and pools, read from `stats()` of clients. Their names are those of the proxy. */
import type { ClusterStats, NodeStats } from '../cluster/stats.ts';
import type { MetricRow, MetricSample } from './family.ts';

/** What has nodes: a `Client`. */
export interface ClusterSource {
  /** A snapshot of the nodes and their pools. */
  stats(): ClusterStats;
}

/** By the name of the cluster. */
export type Clusters = ReadonlyMap<string, ClusterSource>;

type ClusterRow = MetricRow<Clusters>;

function perCluster(pick: (stats: ClusterStats) => number): ClusterRow['read'] {
  return (clusters) =>
    [...clusters].map(([cluster, source]): MetricSample => ({ labels: { cluster }, value: pick(source.stats()) }));
}

function perNode(pick: (stats: NodeStats) => number): ClusterRow['read'] {
  return (clusters) =>
    [...clusters].flatMap(([cluster, source]) =>
      source.stats().nodes.map((stats): MetricSample => {
        return { labels: { cluster, node: stats.node }, value: pick(stats) };
      }),
    );
}

/** One line for each number of a node: name, help, where it is. */
function nodeRows(
  type: 'counter' | 'gauge',
  rows: readonly [string, string, (node: NodeStats) => number][],
): ClusterRow[] {
  return rows.map(([name, help, pick]) => ({ name: `memfleet_${name}`, type, help, read: perNode(pick) }));
}

/** The metrics of clusters. */
export const clusterRows: readonly ClusterRow[] = [
  {
    name: 'memfleet_topology_revision',
    type: 'gauge',
    aggregator: 'max',
    help: 'Counts the changes of the node list; 0 = none is known yet.',
    read: perCluster(({ revision }) => revision),
  },
  {
    name: 'memfleet_topology_nodes',
    type: 'gauge',
    aggregator: 'max',
    help: 'Nodes of the cluster.',
    read: perCluster(({ nodes }) => nodes.length),
  },
  ...nodeRows('gauge', [
    [
      'node_up',
      'Processes that use the node: 0 = it is ejected everywhere.',
      ({ state }) => (state === 'ejected' || state === 'probing' ? 0 : 1),
    ],
    ['pool_open', 'Connections to the node that are ready.', ({ open }) => open],
    ['pool_busy', 'Connections with commands in flight.', ({ busy }) => busy],
    ['pool_limit', 'Connections and dials at once, at most.', ({ limit }) => limit],
    ['pool_connecting', 'Dials in progress.', ({ connecting }) => connecting],
    ['pool_waiting', 'Commands that wait for a connection.', ({ waiting }) => waiting],
    ['pool_in_flight', 'Commands whose reply is owed.', ({ inFlight }) => inFlight],
  ]),
  ...nodeRows('counter', [
    ['pool_connects_total', 'Connections that became ready.', ({ connects }) => connects],
    ['pool_connect_failures_total', 'Dials that failed.', ({ connectFailures }) => connectFailures],
    ['pool_disconnects_total', 'Connections that ended.', ({ disconnects }) => disconnects],
    ['pool_timeouts_total', 'Commands that timed out on a connection.', ({ timeouts }) => timeouts],
    ['pool_waits_total', 'Commands that had to wait for a connection.', ({ waits }) => waits],
    ['pool_refused_total', 'Commands refused because too many were waiting.', ({ refused }) => refused],
  ]),
];
