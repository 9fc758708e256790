/** The metrics of a fleet without a proxy, for Prometheus: the figures of a snapshot under names. */
import type { MetricData } from '../proxy/metrics/metrics.ts';
import { type NodeRow, results, type ServerFigures, type Snapshot } from './snapshot.ts';

type Value = MetricData['values'][number];

interface Row {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly pick: (server: ServerFigures, node: NodeRow) => number;
}

const rows: readonly Row[] = [
  {
    name: 'memfleet_server_up',
    type: 'gauge',
    help: '1 = the node replies in time.',
    pick: (_, { state }) => (state === 'up' ? 1 : 0),
  },
  {
    name: 'memfleet_server_uptime_seconds',
    type: 'gauge',
    help: 'Time since the node started.',
    pick: ({ uptime }) => uptime,
  },
  { name: 'memfleet_server_items', type: 'gauge', help: 'Items of the node.', pick: ({ items }) => items },
  { name: 'memfleet_server_bytes', type: 'gauge', help: 'Bytes of these items.', pick: ({ bytes }) => bytes },
  {
    name: 'memfleet_server_max_bytes',
    type: 'gauge',
    help: 'Bytes that items may take.',
    pick: ({ maxBytes }) => maxBytes,
  },
  {
    name: 'memfleet_server_connections',
    type: 'gauge',
    help: 'Open connections of the node.',
    pick: ({ connections }) => connections,
  },
  {
    name: 'memfleet_server_evictions_total',
    type: 'counter',
    help: 'Items evicted to make room.',
    pick: ({ evictions }) => evictions,
  },
  {
    name: 'memfleet_server_received_bytes_total',
    type: 'counter',
    help: 'Bytes that the node received.',
    pick: ({ received }) => received,
  },
  {
    name: 'memfleet_server_sent_bytes_total',
    type: 'counter',
    help: 'Bytes that the node sent.',
    pick: ({ sent }) => sent,
  },
];

const probes = 'memfleet_server_probe_seconds';

/** The metrics of a snapshot. */
export function fleetMetrics({ nodes, latencyBounds }: Snapshot): MetricData[] {
  const plain = rows.map(({ name, type, help, pick }) =>
    metric(
      name,
      type,
      help,
      nodes.flatMap((node) =>
        node.server === undefined ? [] : [{ labels: { node: node.node }, value: pick(node.server, node) }],
      ),
    ),
  );
  return [...plain, commandMetric(nodes), probeMetric(nodes, latencyBounds)];
}

function metric(name: string, type: string, help: string, values: readonly Value[]): MetricData {
  return { name, type, help, aggregator: 'sum', values };
}

function commandMetric(nodes: readonly NodeRow[]): MetricData {
  const values = nodes.flatMap(({ node, server }) =>
    (server?.commands ?? []).flatMap((row) =>
      results.map((result) => ({ labels: { node, command: row.command, result }, value: row[result] })),
    ),
  );
  return metric('memfleet_server_commands_total', 'counter', 'Commands of the node, by verb and result.', values);
}

function probeMetric(nodes: readonly NodeRow[], bounds: readonly number[]): MetricData {
  const values = nodes.flatMap(({ node, latency: { counts, sum } }) => {
    let upTo = 0;
    const buckets = [...bounds, '+Inf'].map((le, index): Value => {
      upTo += counts[index] ?? 0;
      return { metricName: `${probes}_bucket`, labels: { le, node }, value: upTo };
    });
    return [
      ...buckets,
      { metricName: `${probes}_sum`, labels: { node }, value: sum },
      { metricName: `${probes}_count`, labels: { node }, value: upTo },
    ];
  });
  return metric(probes, 'histogram', 'Round trips of probes to the node.', values);
}
