/** Prometheus's own tool reads the text that prom-client writes of the metrics. */
import { spawnSync } from 'node:child_process';
import { createCache } from 'memfleet/cache';
import { Metrics } from 'memfleet/metrics';
import { createServer } from 'memfleet/server';
import { Registry } from 'prom-client';
import { expect, it, onTestFinished } from 'vitest';
import { connect } from '../support/harness.ts';
import { describeBinaries } from '../support/real-memcached.ts';

describeBinaries(['promtool'], 'promtool', () => {
  it('finds nothing wrong with the names, types, help and values', async () => {
    const server = createServer({ port: 0 });
    const address = await server.listen();
    onTestFinished(() => server.close());
    const { client } = connect('port' in address ? `127.0.0.1:${address.port}` : '');
    const cache = createCache({ client });
    const metrics = new Metrics();
    onTestFinished(() => metrics.close());
    metrics.watch('sessions', client);
    metrics.watchCache('pages', cache);
    await cache.getOrSet('a', () => 1, 60);
    await client.incr('a').catch(() => {});
    const registry = new Registry();
    metrics.register(registry);
    const text = await registry.metrics();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length).toBeGreaterThan(50);
  });
});
