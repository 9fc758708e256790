/**
 * What users of other clients had to complain about: wrong data. Each test is named for what memfleet does; the thread
 * stands in its first line.
 */
import { describe, expect, test } from 'vitest';
import { AbortedError, ConnectError, ConnectionClosedError, PartialResultError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { connect, deadAddress, expectNothingLeft, failure, startNode } from '../support/harness.ts';
import { afterProbe } from '../support/scripted-node.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

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
