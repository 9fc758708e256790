/**
 * What users of other clients had to complain about: hangs. Each test is named for what memfleet does; the thread
 * stands in its first line.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConnectError, PartialResultError, TimeoutError } from '../../src/core/errors.ts';
import {
  connect,
  connectWarm,
  deadAddress,
  expectNothingLeft,
  failure,
  startNode,
  within,
} from '../support/harness.ts';
import { isProbe } from '../support/scripted-node.ts';

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
