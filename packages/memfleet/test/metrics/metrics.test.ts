/** Metrics of clients and caches, as prom-client's registry writes them for Prometheus. */
import { hasSubscribers } from 'node:diagnostics_channel';
import { channels } from 'memfleet';
import { createCache } from 'memfleet/cache';
import { type MetricFamily, Metrics } from 'memfleet/metrics';
import { createServer } from 'memfleet/server';
import { AggregatorRegistry, Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, failure, startNode } from '../support/harness.ts';

function start(): { readonly metrics: Metrics; readonly text: () => Promise<string[]> } {
  const metrics = new Metrics();
  onTestFinished(() => metrics.close());
  const registry = new Registry();
  metrics.register(registry);
  return { metrics, text: async () => (await registry.metrics()).split('\n') };
}

function family(metrics: Metrics, name: string): MetricFamily | undefined {
  return metrics.collect().find((one) => one.name === name);
}

describe('calls', () => {
  test('are a histogram in seconds by operation and status, and errors a counter by code', async () => {
    const { client } = connect(await startNode(), { retry: false });
    const { text } = start();
    await client.set('k', 'text');
    await Promise.all([client.get('k'), client.get('k'), client.get('none')]);
    await failure(client.incr('k'));
    const lines = await text();
    for (const line of [
      '# TYPE memfleet_operation_duration_seconds histogram',
      'memfleet_operation_duration_seconds_bucket{le="+Inf",operation="get",status="ok"} 2',
      'memfleet_operation_duration_seconds_count{operation="get",status="ok"} 2',
      'memfleet_operation_duration_seconds_count{operation="get",status="miss"} 1',
      'memfleet_operation_duration_seconds_count{operation="set",status="ok"} 1',
      'memfleet_operation_duration_seconds_count{operation="incr",status="error"} 1',
      'memfleet_operation_errors_total{operation="incr",error="ERR_SERVER"} 1',
      'memfleet_connect_duration_seconds_count 1',
    ])
      expect(lines).toContain(line);
  });

  test('are counted up to each bound, so that counts only grow with it', async () => {
    const { client } = connect(await startNode());
    const { metrics } = start();
    await Promise.all(Array.from({ length: 50 }, (_, at) => client.get(`k${at}`)));
    const { values } = family(metrics, 'memfleet_operation_duration_seconds') as MetricFamily;
    const buckets = values.filter(({ metricName }) => metricName?.endsWith('_bucket'));
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(counts.at(-1)).toBe(50);
    expect(buckets.slice(0, 4).map(({ labels }) => labels['le'])).toEqual([0.0001, 0.0002, 0.0005, 0.001]);
  });

  test('that wait for room are a histogram', async () => {
    const { client } = connect(await startNode(), { pool: { exclusive: true, max: 1 } });
    const { metrics } = start();
    await Promise.all([client.get('a'), client.get('b')]);
    expect(family(metrics, 'memfleet_wait_duration_seconds')?.values.at(-1)).toMatchObject({ labels: {}, value: 2 });
  });
});

describe('clients', () => {
  test('have their nodes and pools under the names of the proxy, until they are taken away', async () => {
    const node = await startNode();
    const { client } = connect(node, { pool: { max: 3 } });
    const { metrics, text } = start();
    const forget = metrics.watch('sessions', client);
    await client.get('k');
    const labels = `{cluster="sessions",node="${node.address}"}`;
    const lines = await text();
    for (const line of [
      'memfleet_topology_nodes{cluster="sessions"} 1',
      `memfleet_node_up${labels} 1`,
      `memfleet_pool_open${labels} 1`,
      `memfleet_pool_busy${labels} 0`,
      `memfleet_pool_limit${labels} 3`,
      `memfleet_pool_connects_total${labels} 1`,
    ])
      expect(lines).toContain(line);
    forget();
    expect((await text()).filter((line) => line.includes('sessions'))).toEqual([]);
  });
});

describe('caches', () => {
  test('have their hits, misses and loads', async () => {
    const server = createServer({ port: 0 });
    const address = await server.listen();
    onTestFinished(() => server.close());
    const cache = createCache({ nodes: 'port' in address ? `127.0.0.1:${address.port}` : [] });
    onTestFinished(() => cache.close());
    const { metrics, text } = start();
    metrics.watchCache('pages', cache);
    await cache.getOrSet('a', () => 1, 60);
    await cache.getOrSet('a', () => 1, 60);
    const lines = await text();
    for (const line of [
      'memfleet_cache_hits_total{cache="pages",kind="fresh"} 1',
      'memfleet_cache_misses_total{cache="pages",reason="absent"} 1',
      'memfleet_cache_loads_total{cache="pages",event="started"} 1',
      'memfleet_cache_load_duration_seconds_count{cache="pages"} 1',
      'memfleet_cache_leases_total{cache="pages",event="won"} 1',
      'memfleet_cache_near_items{cache="pages"} 0',
    ])
      expect(lines).toContain(line);
    expect(
      lines.some((line) => line.startsWith('memfleet_cache_hits_total{cache="pages",kind="near_validated"}')),
    ).toBe(true);
  });
});

describe('the registry', () => {
  test('may reset its metrics: those of memfleet keep what they have counted', async () => {
    const { client } = connect(await startNode());
    const metrics = new Metrics();
    onTestFinished(() => metrics.close());
    const registry = new Registry();
    const remove = metrics.register(registry);
    await client.get('k');
    registry.resetMetrics();
    expect(await registry.metrics()).toContain('{operation="get",status="miss"} 1');
    remove();
    expect(await registry.metrics()).toBe('\n');
  });

  test('adds up the metrics of worker processes', async () => {
    const node = await startNode();
    const { client } = connect(node);
    const { metrics } = start();
    metrics.watch('sessions', client);
    await client.get('k');
    const worker = metrics.collect();
    const both = await AggregatorRegistry.aggregate([worker, worker]).metrics();
    expect(both).toContain(`memfleet_pool_open{cluster="sessions",node="${node.address}"} 2`);
    expect(both).toContain('memfleet_topology_nodes{cluster="sessions"} 1');
    expect(both).toContain('memfleet_operation_duration_seconds_count{operation="get",status="miss"} 2');
  });
});

test('closed, it has subscribed to nothing, and importing it subscribes to nothing', () => {
  const names = [channels.command.asyncEnd, channels.connect, channels.wait].map(({ name }) => name);
  expect(names.some((name) => hasSubscribers(name))).toBe(false);
  const metrics = new Metrics();
  expect(names.every((name) => hasSubscribers(name))).toBe(true);
  metrics.close();
  expect(names.some((name) => hasSubscribers(name))).toBe(false);
});
