/**
 * What users of other clients had to complain about: hangs, leaks, wrong data. Each test is named for what memfleet
 * does; the thread stands in its first line.
 */
import { getEventListeners } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  AbortedError,
  ConnectError,
  ConnectionClosedError,
  PartialResultError,
  TimeoutError,
} from '../../src/core/errors.ts';
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
import { afterProbe, isProbe } from '../support/scripted-node.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

describe('hangs', () => {
  test('a get on the only node, which is down, fails and does not lock the process', async () => {
    // 3rd-Eden/memcached#96, #273
    const test = connect(await deadAddress(), { timeout: 1000 });
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    onTestFinished(() => clearInterval(turning));
    for (let i = 0; i < 20; i++) expect(await failure(test.client.get('k'))).toBeInstanceOf(ConnectError);
    expect(turns).toBeGreaterThan(0);
    await expectNothingLeft(test);
  });

  test('tries, waits and back-off together stay within the timeout of the call', async () => {
    // 3rd-Eden/memcached#162: 90 s
    const node = await startNode({ onConnection: (connection) => connection.mute() });
    const started = performance.now();
    const test = connect(node, { timeout: 200, connectTimeout: 60, retry: { attempts: 100, delay: 5, budget: 100 } });
    await failure(test.client.get('k'));
    expect(performance.now() - started).toBeLessThan(2000);
    await expectNothingLeft(test, node);
  });

  test('a connect timeout fails the commands that wait for the connection', async () => {
    // 3rd-Eden/memcached#224
    const node = await startNode({ onConnection: (connection) => connection.mute() });
    const test = connect(node, { timeout: 60_000, connectTimeout: 50, retry: false });
    const calls = [
      test.client.get('a'),
      test.client.set('b', 1),
      test.client.getMany(['c', 'd']),
      test.client.incr('e'),
    ];
    for (const call of calls) {
      const error = await failure(call);
      const cause = error instanceof PartialResultError ? error.cause : error;
      expect(cause).toBeInstanceOf(TimeoutError);
      expect((cause as TimeoutError).phase).toBe('connect');
    }
    await expectNothingLeft(test, node);
  });

  test('a connection that timed out twice without a byte is replaced, so that the client recovers by itself', async () => {
    // memjs#117: "timeout but failed to retry until restarting program"
    const node = await startNode({
      onCommand: (command, connection) => connection.index === 0 && !isProbe(command, connection),
    });
    const test = await connectWarm(node);
    for (let i = 0; i < 2; i++)
      expect(await failure(test.client.get('k', { timeout: 40 }))).toBeInstanceOf(TimeoutError);
    expect(await test.client.set('k', 1)).toBe(true);
    expect(node.connections.length).toBe(2);
    await expectNothingLeft(test, node);
  });

  test('the classic pool (exclusive) recovers as well: a timed-out call does not keep its connection', async () => {
    // memjs#117; django-memcached-pool PR #5: the slot of a failed call is lost
    const node = await startNode({
      onCommand: (command, connection) => connection.index < 3 && !isProbe(command, connection),
    });
    const test = connect(node, { ejectAfter: 100, pool: { exclusive: true, max: 1 } });
    for (let i = 0; i < 3; i++)
      expect(await failure(test.client.get('k', { timeout: 300 }))).toBeInstanceOf(TimeoutError);
    expect(await test.client.set('k', 1)).toBe(true);
    await expectNothingLeft(test, node);
  });

  test('ten thousand calls on a node that is not there: no recursion', async () => {
    // rate-limiter-flexible#33, #337: "Maximum call stack size exceeded on unavailable memcached"
    const test = connect(await deadAddress(), { timeout: 2000, ejectAfter: 2 });
    const calls = Array.from({ length: 10_000 }, (_, i) => test.client.incr(`k${i}`, 1, { initial: 1 }));
    const outcomes = await within(5000, Promise.allSettled(calls));
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBe(10_000);
    const many = await failure(
      test.client.setMany(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i] as const)),
      5000,
    );
    expect((many as PartialResultError).failures.size).toBe(10_000);
    await expectNothingLeft(test);
  });

  test('one node down does not touch the calls of the others', async () => {
    // 3rd-Eden/memcached#305
    const nodes = [await startNode(), await startNode(), await startNode()] as const;
    const dead = await deadAddress();
    const { client } = connect([...nodes, dead], { retry: false });
    for (let i = 0; i < 200; i++) {
      const key = `k${i}`;
      const isDead = client.nodeOf(key) === dead;
      const outcome = await client.set(key, i).catch((error: unknown) => error);
      if (isDead) expect(outcome).toBeInstanceOf(Error);
      else expect(outcome).toBe(true);
    }
  });

  test('a get of 30 000 keys: reading continues during the write', async () => {
    // dalli#941: both socket buffers fill up
    const node = await startNode();
    const { client } = connect(node, { timeout: 25_000 });
    const entries = Array.from({ length: 30_000 }, (_, i) => [`a-key-of-some-length:${i}`, i] as const);
    const stored = await within(26_000, client.setMany(entries));
    expect(stored.size).toBe(30_000);
    const values = await within(26_000, client.getMany(entries.map(([key]) => key)));
    expect(values.size).toBe(30_000);
    expect(values.get('a-key-of-some-length:29999')).toBe(29_999);
  }, 60_000);

  test('a restart of the node ends no process and needs no restart of the client', async () => {
    // memjs#162, memcache-plus#89, 3rd-Eden/memcached#281, apollo-server#3837
    const node = await startNode();
    const test = connect(node, { pool: { backoff: { initial: 1, max: 2 } } });
    await test.client.set('k', 1);
    await node.down();
    await failure(test.client.get('k'));
    await node.listen();
    let value: unknown;
    while (value === undefined) value = await test.client.get('k').catch(() => undefined);
    expect(value).toBe(1);
    await expectNothingLeft(test, node);
  });

  test('a name that does not resolve is a connect error', async () => {
    // dalli#633, memjs#89
    const test = connect('no-such-host.invalid', { timeout: 5000, connectTimeout: 5000 });
    expect(await failure(test.client.get('k'), 6000)).toBeInstanceOf(ConnectError);
    await expectNothingLeft(test);
  });

  test('TLS options that Node refuses fail the calls, not the process', async () => {
    const node = await startNode();
    const test = connect(node, { tls: { cert: 'no certificate', key: 'no key' } });
    expect(await failure(test.client.get('k'))).toBeInstanceOf(ConnectError);
    await expectNothingLeft(test, node);
  });
});

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

describe('wrong data', () => {
  test.each(protocols)(
    '%s: gets of many keys at the same time, some given up, some in large values: everyone gets his own',
    async (protocol) => {
      // dalli#956: "Race condition in get_multi leads to socket corruption"; php-memcached#366, #552
      const node = await startNode();
      const { client } = connect(node, { protocol, timeout: 5000 });
      const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
      const valueOf = (key: string): string => `${key}:`.repeat(key.endsWith('7') ? 40_000 : 3);
      await client.setMany(keys.map((key) => [key, valueOf(key)] as const));
      const givenUp: Promise<unknown>[] = [];
      const rounds = Array.from({ length: 60 }, async (_, round) => {
        const some = keys.filter((_, i) => (i * 7 + round) % 3 === 0);
        if (round % 4 === 0)
          givenUp.push(client.getMany(some, { signal: AbortSignal.timeout(round % 8) }).catch(() => {}));
        if (round % 5 === 0) givenUp.push(client.get(keys[round % 40] as string, { timeout: 0.01 }).catch(() => {}));
        const values = await client.getMany<string>([...some, `missing${round}`]);
        expect([...values.keys()].sort()).toEqual([...some].sort());
        for (const [key, value] of values) expect(value === valueOf(key)).toBe(true);
        const key = keys[(round * 11) % 40] as string;
        expect((await client.get(key)) === valueOf(key)).toBe(true);
      });
      await Promise.all(rounds);
      await Promise.all(givenUp);
    },
  );

  test.each(protocols)(
    '%s: a value that is cut short by the end of the connection is an error, never a short value',
    async (protocol) => {
      // dalli PR #1135
      for (const size of [100, 50_000, 300_000]) {
        const node = await startNode(
          afterProbe((command, connection) => {
            const bytes = connection.bytesFor(command);
            connection.send(bytes.subarray(0, bytes.length - 10));
            connection.end();
          }),
        );
        node.store.store.put(undefined, 'k', 'x'.repeat(size), 0, 0, 0);
        const test = connect(node, { protocol, retry: false });
        expect(await failure(test.client.get('k'))).toBeInstanceOf(ConnectionClosedError);
        const many = await failure(test.client.getMany(['k', 'l']));
        expect(many).toBeInstanceOf(PartialResultError);
        expect((many as PartialResultError).results.size).toBe(0);
        await expectNothingLeft(test, node);
      }
    },
  );

  test.each(protocols)('%s: an aborted call leaves nothing that the next one could read', async (protocol) => {
    // dalli#1136
    const node = await startNode();
    const { client } = connect(node, { protocol, timeout: 2000 });
    await client.set('secret', 'of somebody else');
    await client.set('mine', 'mine');
    for (let i = 0; i < 50; i++) {
      const controller = new AbortController();
      const aborted = client.get('secret', { signal: controller.signal });
      if (i % 2 === 0) await new Promise(setImmediate);
      controller.abort();
      const next = client.get('mine');
      await aborted.catch((error: unknown) => expect(error).toBeInstanceOf(AbortedError));
      expect(await next).toBe('mine');
    }
    expect(node.connections.length).toBe(1);
  });

  test.each(protocols)('%s: keys whose node failed are distinguished from misses', async (protocol) => {
    // dalli#1149: multi ops swallowed network errors as misses
    const node = await startNode();
    const dead = await deadAddress();
    const { client } = connect([node, dead], { protocol });
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const alive = keys.filter((key) => client.nodeOf(key) !== dead);
    await client.setMany(alive.slice(2).map((key) => [key, `value of ${key}`] as const));
    const error = await failure(client.getMany(keys));
    expect(error).toBeInstanceOf(PartialResultError);
    const { results, failures } = error as PartialResultError;
    expect([...results.keys()].sort()).toEqual(alive.slice(2).sort());
    expect([...failures.keys()].sort()).toEqual(keys.filter((key) => !alive.includes(key)).sort());
    for (const failed of failures.values()) expect(failed).toBeInstanceOf(ConnectError);
  });

  test.each(protocols)(
    '%s: binary data, line breaks, quotes, every encoding: what was stored comes back',
    async (protocol) => {
      // 3rd-Eden/memcached#94, #48, #325, #143
      const node = await startNode();
      const { client } = connect(node, { protocol });
      const values: unknown[] = [
        '',
        '\r\n',
        'a\r\nb\nc\rd\\r\\n',
        '"quoted" \\ back\u0000slash',
        'naïve – 日本語 – 🦊',
        Buffer.alloc(0),
        Buffer.from([0, 13, 10, 255, 254, 0x80]),
        Buffer.from('END\r\n'),
      ];
      for (const [i, value] of values.entries()) {
        await client.set(`k${i}`, value);
        expect(await client.get(`k${i}`)).toEqual(value);
      }
    },
  );

  test('with errors as misses a cache that is down is passed by', async () => {
    // apollo-server#7075, #3469
    const test = connect(await deadAddress(), { errors: 'miss' });
    const { client } = test;
    expect(await client.get('k')).toBe(undefined);
    expect(await client.set('k', 1)).toBe(false);
    expect(await client.getMany(['a', 'b'])).toEqual(new Map());
    expect(await client.setMany({ a: 1 })).toEqual(new Map());
    expect(await client.incr('k')).toBe(undefined);
    expect(await client.cas('k', 1, 1n)).toBe('notFound');
    expect(await client.delete('k')).toBe(false);
    expect(await client.touch('k', 1)).toBe(false);
    expect(await client.getOrSet('k', () => 'loaded')).toBe('loaded');
    await expectNothingLeft(test);
  });

  test('with errors as misses a wrong call still is an error', async () => {
    const node = await startNode();
    for (const protocol of protocols) {
      const { client } = connect(node, { errors: 'miss', protocol });
      expect((await failure(client.get(''))).code).toBe('ERR_INVALID_KEY');
      expect((await failure(client.set('k', undefined))).code).toBe('ERR_INVALID_ARGUMENT');
      expect((await failure(client.set('k', 'x'.repeat(2_000_000)))).code).toBe('ERR_VALUE_TOO_LARGE');
      expect((await failure(client.set('k', 1, -1))).code).toBe('ERR_INVALID_ARGUMENT');
      if (protocol !== 'text') continue;
      expect((await failure(client.get('a b'))).code).toBe('ERR_INVALID_KEY');
      expect((await failure(client.getMany(['a b', 'c']))).code).toBe('ERR_PARTIAL_RESULT');
      expect((await failure(client.delete('k', { cas: 1n }))).code).toBe('ERR_UNSUPPORTED');
    }
  });
});
