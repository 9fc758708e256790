import { readFileSync } from 'node:fs';
import { createProxy } from 'memfleet/proxy';
import { expect, test } from 'vitest';
import { fleetMetrics } from '../../src/dashboard/fleet-metrics.ts';
import { fleetSnapshot, type KnownNode } from '../../src/dashboard/fleet-snapshot.ts';
import { probeBounds, ProbeTimes } from '../../src/dashboard/probe-times.ts';
import { EventCounts } from '../../src/proxy/metrics/event-counts.ts';
import { proxyMetrics } from '../../src/proxy/metrics/metrics.ts';

const stats = (entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(entries));

function known(node: string, entries: Readonly<Record<string, string>>, given: Partial<KnownNode> = {}): KnownNode {
  const times = new ProbeTimes();
  times.add(0.15);
  times.add(3);
  return { node, state: 'up', problem: undefined, stats: stats(entries), latency: times.total, ...given };
}

const fleet = fleetSnapshot({
  at: 5,
  version: '1.2.3',
  uptime: 7,
  problem: undefined,
  revision: 2,
  processes: [],
  nodes: [
    known('a:1', { version: '1.6.18', get_hits: '5', get_misses: '3', cmd_set: '9', curr_items: '4', evictions: '2' }),
    known('b:1', { get_hits: '10', cas_badval: '1', limit_maxbytes: '64' }, { state: 'down', problem: 'no answer' }),
  ],
});

test('commands of all nodes add up, by what memcached counts', () => {
  const none = { ok: 0, miss: 0, not_stored: 0, exists: 0, error: 0 };
  expect(fleet.commands).toContainEqual({ ...none, command: 'get', ok: 15, miss: 3 });
  expect(fleet.commands).toContainEqual({ ...none, command: 'set', ok: 9 });
  expect(fleet.commands).toContainEqual({ ...none, command: 'cas', exists: 1 });
});

test('a node has what it says of itself, and why it is down', () => {
  expect(fleet.nodes).toMatchObject([
    { node: 'a:1', state: 'up', server: { version: '1.6.18', items: 4, evictions: 2 } },
    { node: 'b:1', state: 'down', server: { maxBytes: 64, error: 'no answer' } },
  ]);
});

test('the metrics are the figures of the snapshot', () => {
  const metrics = new Map(fleetMetrics(fleet).map(({ name, values }) => [name, values]));
  expect(metrics.get('memfleet_server_up')).toEqual([
    { labels: { node: 'a:1' }, value: 1 },
    { labels: { node: 'b:1' }, value: 0 },
  ]);
  expect(metrics.get('memfleet_server_commands_total')).toContainEqual({
    labels: { node: 'b:1', command: 'get', result: 'ok' },
    value: 10,
  });
  const probes = (metrics.get('memfleet_server_probe_seconds') ?? []).filter(({ labels }) => labels['node'] === 'a:1');
  expect(probes.at(-1)).toMatchObject({ metricName: 'memfleet_server_probe_seconds_count', value: 2 });
  expect(probes).toContainEqual({
    metricName: 'memfleet_server_probe_seconds_bucket',
    labels: { le: 0.0002, node: 'a:1' },
    value: 1,
  });
});

test('probes have the buckets of the proxy', () => {
  const stats = createProxy({ listeners: [{ port: 0, route: 'm' }], clusters: { m: { nodes: 'a' } } }).stats();
  const latencies = { 'a:1': { bounds: probeBounds.map((bound) => bound * 1000), counts: [], count: 0, sum: 0 } };
  const [metric] = proxyMetrics({ stats: { ...stats, latencies }, events: new EventCounts() }).slice(-1);
  expect(metric?.values.map(({ labels }) => labels['le']).slice(0, 15)).toEqual(probeBounds);
});

test('every metric is in the guide', () => {
  const guide = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
  const documented = [...guide.matchAll(/`(memfleet_server_\w+)`/g)].map(([, name]) => name);
  expect(new Set(documented)).toEqual(new Set(fleetMetrics(fleet).map(({ name }) => name)));
});
