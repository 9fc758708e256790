/**
 * What users of other clients had to complain about: leaks, full pools, reconnect storms. Each test is named for what
 * memfleet does; the thread stands in its first line.
 */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { FakeClock } from '../support/fake-clock.ts';
import {
  connect,
  connectWarm,
  deadAddress,
  expectNothingLeft,
  failure,
  startNode,
  within,
} from '../support/harness.ts';
import { afterProbe } from '../support/scripted-node.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

describe('leaks, pools, reconnect storms', () => {
  test('a view with a prefix opens nothing: all views share the connections of their client', async () => {
    // mozilla/django-memcached-pool#15: "New client connections being made with get_cache?"
    const node = await startNode();
    const { client } = connect(node);
    const views = Array.from({ length: 50 }, (_, i) => client.withPrefix(`site${i}:`));
    await Promise.all(views.map((view, i) => view.set('k', i)));
    expect(await views[7]?.withPrefix('x').get('k')).toBe(undefined);
    expect(await client.get('site7:k')).toBe(7);
    expect(node.connections.length).toBe(1);
  });

  test('after a failure the next dial is a matter of milliseconds, never of hours; dials do not come in storms', async () => {
    // 3rd-Eden/memcached#218: five hours
    const clock = new FakeClock();
    const address = await deadAddress();
    const { client } = connect(address, { clock, random: () => 0.5, retry: false, timeout: 50_000, ejectShare: 0 });
    const failures = (): number => client.stats().nodes[0]?.connectFailures ?? 0;
    const dialTimes: number[] = [];
    for (let at = 0; at < 10_000; at += 10) {
      const before = failures();
      await client.get('k').catch(() => {});
      if (failures() > before) dialTimes.push(at);
      clock.advance(10);
    }
    const gaps = dialTimes.slice(1).map((time, i) => time - (dialTimes[i] as number));
    expect(gaps.slice(0, 6)).toEqual([50, 100, 200, 400, 800, 1600]);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2000);
  });

  test.each(protocols)(
    '%s: 50 requests of a cold client open one socket, also when there may be more',
    async (protocol) => {
      // jaredwray/memcache#151
      const node = await startNode();
      const { client } = connect(node, { protocol, pool: { max: 20 } });
      const calls = Array.from({ length: 50 }, (_, i) =>
        i % 3 === 0
          ? client.set(`k${i}`, i)
          : i % 3 === 1
            ? client.incr(`n${i}`, 1, { initial: 1 })
            : client.getMany(['a', 'b']),
      );
      await Promise.all(calls);
      expect(node.connections.length).toBe(1);
    },
  );

  test('binary replies that arrive in any order go to their callers', async () => {
    // jaredwray/memcache#150: "concurrent binary responses mixed"
    const answers: (() => void)[] = [];
    const node = await startNode(
      afterProbe((command, connection) => {
        const bytes = connection.bytesFor(command);
        answers.push(() => connection.send(bytes));
      }),
    );
    node.store.store.put(undefined, 'k3', 'three', 0, 0, 0);
    node.store.store.put(undefined, 'k7', 'seven', 0, 0, 0);
    const { client } = connect(node, { protocol: 'binary' });
    const calls = Array.from({ length: 10 }, (_, i) => client.get(`k${i}`));
    await node.until(() => answers.length === 10);
    for (const answer of answers.reverse()) answer();
    const values = await Promise.all(calls);
    expect(values[3]).toBe('three');
    expect(values[7]).toBe('seven');
    expect(values.filter((value) => value === undefined).length).toBe(8);
  });

  test('a full pool makes callers wait their turn instead of failing them', async () => {
    // pymemcache#267, #519: "Too many objects"; 3rd-Eden/memcached#95, #302
    const node = await startNode();
    const { client } = connect(node, { timeout: 5000, pool: { exclusive: true, max: 2 } });
    const order: number[] = [];
    const calls = Array.from({ length: 100 }, async (_, i) => {
      await client.set(`k${i}`, i);
      order.push(i);
    });
    await Promise.all(calls);
    expect(order.length).toBe(100);
    expect(node.connections.length).toBe(2);
    // First come first served: two at a time.
    for (const [at, i] of order.entries()) expect(Math.abs(at - i)).toBeLessThanOrEqual(2);
    expect(client.stats().nodes[0]).toMatchObject({ waiting: 0, inFlight: 0, open: 2, peak: 2 });
  });

  test('a caller waits for room for acquireTimeout, and receives an error that says so', async () => {
    // pymemcache#519, HikariCP
    const node = await startNode(afterProbe(() => {}));
    const test = await connectWarm(node, { timeout: 5000, pool: { exclusive: true, max: 1, acquireTimeout: 40 } });
    const first = failure(test.client.get('first', { timeout: 200 }));
    await node.until(() => node.commands.length === 1);
    const error = await failure(test.client.get('second'));
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as TimeoutError).phase).toBe('acquire');
    expect(error.sent).toBe(false);
    await first;
    await expectNothingLeft(test, node);
  });

  test('the minimum of connections stays warm, whatever the lull', async () => {
    // grafana/tempo PR #7671: "Keep memcached connection pools warm"
    const node = await startNode();
    const clock = new FakeClock();
    const { client } = connect(node, { clock, pool: { min: 3, max: 8, warmUp: true, idleTimeout: 1000 } });
    await within(
      1000,
      node.until(() => node.open === 3),
    );
    await client.set('k', 1);
    await clock.advanceAsync(3_600_000);
    expect(node.open).toBe(3);
    expect(node.connections.length).toBe(3);
  });

  test('idle connections beyond the minimum are closed', async () => {
    // pymemcache#114, php-memcached#73
    const node = await startNode();
    const clock = new FakeClock();
    const { client } = connect(node, { clock, pool: { exclusive: true, min: 1, max: 5, idleTimeout: 1000 } });
    await Promise.all(Array.from({ length: 50 }, (_, i) => client.get(`k${i}`)));
    expect(node.open).toBe(5);
    await clock.advanceAsync(2000);
    await within(
      1000,
      node.until(() => node.open === 1),
    );
    await client.get('k');
    expect(node.connections.length).toBe(5);
  });

  test('connections are replaced at their age, without an effect on calls', async () => {
    // xmemcached#139 "ttl setting"; undici#5144: the pool hangs with a client ttl
    const node = await startNode();
    const clock = new FakeClock();
    const { client } = connect(node, { clock, pool: { max: 1, maxLifetime: 10_000 } });
    await client.set('k', 1);
    for (let hour = 0; hour < 20; hour++) {
      await clock.advanceAsync(12_500);
      expect(await client.get('k')).toBe(1);
    }
    expect(node.connections.length).toBeGreaterThanOrEqual(15);
    await within(
      1000,
      node.until(() => node.open === 1),
    );
  });

  test('connecting has a timeout of its own, shorter than that of a call', async () => {
    // thanos#5478
    const node = await startNode({ onConnection: (connection) => connection.mute() });
    const test = connect(node, { timeout: 60_000, connectTimeout: 30, retry: false });
    const error = await failure(test.client.get('k'));
    expect((error as TimeoutError).phase).toBe('connect');
    await expectNothingLeft(test, node);
  });

  test('the queue of those who wait is bounded', async () => {
    // 3rd-Eden/memcached#198, jaredwray/memcache#162
    const node = await startNode(afterProbe(() => {}));
    const test = connect(node, { timeout: 100, pool: { exclusive: true, max: 1, maxWaiting: 5 } });
    const calls = Array.from({ length: 20 }, async (_, i) => (await failure(test.client.get(`k${i}`))).code);
    const codes = await Promise.all(calls);
    expect(codes.filter((code) => code === 'ERR_QUEUE_FULL').length).toBeGreaterThanOrEqual(14);
    expect(codes.filter((code) => code === 'ERR_TIMEOUT').length).toBeLessThanOrEqual(6);
    await expectNothingLeft(test, node);
  });

  test('a signal that lives long keeps no listener of the calls that it was given to', async () => {
    const node = await startNode();
    const { client } = connect(node);
    const { signal } = new AbortController();
    for (let i = 0; i < 100; i++) {
      await client.set('k', i, { signal });
      await client.get('k', { signal });
      await client.getMany(['k', 'l'], { signal });
      await client.setMany({ a: 1 }, { signal });
      await client.version({ signal });
      await client.getOrSet('k', () => 1, { signal });
    }
    await client.incr('none', 1, { signal, initial: 1 });
    await client.serverStats('', { signal });
    expect(getEventListeners(signal, 'abort').length).toBe(0);
  });

  test('a node list that is the same again changes nothing', async () => {
    // doctrine/DoctrineCacheBundle#100: servers added again on each request
    const node = await startNode();
    const { client } = connect(node);
    await client.set('k', 1);
    const { revision } = client.stats();
    for (let i = 0; i < 10; i++) client.setNodes([node.address]);
    expect(client.stats().revision).toBe(revision);
    expect(await client.get('k')).toBe(1);
    expect(node.connections.length).toBe(1);
  });
});
