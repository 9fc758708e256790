/** What the documentation of npm `memjs` says, for the original and the drop-in alike. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEveryNode, type RunningNode } from '../../dropin-memcached/test/support/judges.ts';
import type { ClientOptions } from '../types/index.cjs';
import { type CallMethod, implementations, type Module, open } from './support/open.ts';

type Step = readonly [method: string, ...args: unknown[]];

/** The error or null, the result of a promise, and, where they are others, the results of a callback. */
interface Result {
  readonly error: unknown;
  readonly result?: unknown;
  readonly results?: readonly unknown[];
}

const ok = (result: unknown, results: readonly unknown[] = [result]): Result => ({ error: null, result, results });
const refused = (error: string): Result => ({ error });
const noFlags = Buffer.alloc(4);
const hit = (value: string | Buffer): Result => {
  const bytes = Buffer.from(value as string);
  return ok({ value: bytes, flags: noFlags }, [bytes, noFlags]);
};
const miss = ok({ value: null, flags: null }, [null, null]);
const counted = (value: number): Result => ok({ success: true, value }, [true, value]);
const nextMinute = (): number => Math.floor(Date.now() / 1000) + 60;

const cases: readonly (readonly [title: string, ...steps: (readonly [Step, Result])[]])[] = [
  ['a text comes back as a Buffer', [['set', 'k', 'naïve', {}], ok(true)], [['get', 'k'], hit('naïve')]],
  [
    'bytes come back',
    [['set', 'k', Buffer.from([0, 255, 13, 10]), {}], ok(true)],
    [['get', 'k'], hit(Buffer.from([0, 255, 13, 10]))],
  ],
  ['an empty text comes back', [['set', 'k', '', {}], ok(true)], [['get', 'k'], hit('')]],
  ['a miss is null', [['get', 'none'], miss]],
  ['a key is UTF-8', [['set', 'é', 'v', {}], ok(true)], [['get', 'é'], hit('v')]],
  ['add stores only what is missing', [['add', 'k', 'v', {}], ok(true)], [['add', 'k', 'w', {}], ok(false)]],
  [
    'replace stores only over an item',
    [['replace', 'k', 'v', {}], ok(false)],
    [['set', 'k', 'v', {}], ok(true)],
    [['replace', 'k', 'w', {}], ok(true)],
    [['get', 'k'], hit('w')],
  ],
  [
    'append needs an item',
    [['append', 'k', 'b'], refused('MemJS APPEND: Item not stored')],
    [['set', 'k', 'a', {}], ok(true)],
    [['append', 'k', 'b'], ok(true)],
    [['get', 'k'], hit('ab')],
  ],
  ['prepend needs an item', [['prepend', 'k', 'b'], refused('MemJS PREPEND: Item not stored')]],
  [
    'delete tells whether there was an item',
    [['set', 'k', 'v', {}], ok(true)],
    [['delete', 'k'], ok(true)],
    [['delete', 'k'], ok(false)],
  ],
  [
    'touch tells whether there is an item',
    [['touch', 'k', 10], ok(false)],
    [['set', 'k', 'v', {}], ok(true)],
    [['touch', 'k', 10], ok(true)],
  ],
  [
    'a counter begins with initial, or with 0',
    [['increment', 'k', 5, {}], counted(0)],
    [['increment', 'k', 5, {}], counted(5)],
    [['decrement', 'k', 2, {}], counted(3)],
    [['decrement', 'k', 9, {}], counted(0)],
    [['decrement', 'other', 2, { initial: 10 }], counted(10)],
  ],
  [
    'what is no counter cannot be counted',
    [['set', 'k', 'text', {}], ok(true)],
    [['increment', 'k', 1, {}], refused('MemJS INCREMENT: Incr/Decr on non-numeric value')],
  ],
  [
    'a value that is too large is refused',
    [['set', 'k', 'x'.repeat(2_000_000), {}], refused('MemJS SET: Value too large')],
  ],
  [
    'a time above 30 days is a Unix time',
    [['set', 'k', 'v', { expires: nextMinute() }], ok(true)],
    [['get', 'k'], hit('v')],
    [['set', 'k', 'v', { expires: 2_592_001 }], ok(true)],
    [['get', 'k'], miss],
  ],
  ['flush empties every server', [['set', 'k', 'v', {}], ok(true)], [['flush'], ok({})], [['get', 'k'], miss]],
];

describeOnEveryNode((start) => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await start();
  });
  afterAll(() => node.stop());

  describe.each(implementations)('%s', (_name, implementation) => {
    const fresh = async (options?: ClientOptions<never, never>): Promise<ReturnType<typeof open>> => {
      const opened = open(implementation, node.address, options);
      await opened.byPromise('flush');
      return opened;
    };

    const check = async (
      call: CallMethod,
      steps: readonly (readonly [Step, Result])[],
      byPromise: boolean,
    ): Promise<void> => {
      for (const [[method, ...args], { error, result, results }] of steps) {
        const outcome = await call(method, ...args);
        if (error !== null) expect([method, outcome[0]]).toEqual([method, error]);
        else if (method === 'flush') expect(outcome[1]).toEqual({ [node.address]: true });
        else expect([method, ...outcome]).toEqual([method, null, ...(byPromise ? [result] : (results ?? []))]);
      }
    };

    for (const [title, ...steps] of cases) {
      test(`${title}, by callback`, async () => {
        await check((await fresh()).byCallback, steps, false);
      });
      test(`${title}, by promise`, async () => {
        await check((await fresh()).byPromise, steps, true);
      });
    }

    test('options may be left out', async () => {
      const { byCallback, byPromise } = await fresh();
      expect(await byPromise('set', 'k', 'v')).toEqual([null, true]);
      expect(await byCallback('add', 'k', 'w')).toEqual([null, false]);
      expect(await byPromise('increment', 'c', 1)).toEqual([null, { success: true, value: 0 }]);
    });

    test('expires of the client is for calls without it', async () => {
      const { byPromise } = await fresh({ expires: 2_592_001 });
      await byPromise('set', 'gone', 'v', {});
      await byPromise('set', 'here', 'v', { expires: 60 });
      expect(await byPromise('get', 'gone')).toMatchObject([null, { value: null }]);
      expect(await byPromise('get', 'here')).toMatchObject([null, { value: Buffer.from('v') }]);
    });

    test('a serializer gives values their bytes and flags', async () => {
      const flags = Buffer.from([0, 0, 0, 9]);
      const serializer = {
        serialize: (_opcode: number, value: unknown, extras: Buffer) => ({
          value: JSON.stringify(value),
          extras: Buffer.concat([flags, Buffer.from(extras).subarray(4)]),
        }),
        deserialize: (_opcode: number, value: Buffer | null, extras: Buffer) => ({
          value: JSON.parse(String(value)) as never,
          extras,
        }),
      };
      const { byPromise, byCallback } = await fresh({ serializer });
      expect(await byPromise('set', 'k', { a: 1 }, {})).toEqual([null, true]);
      expect(await byPromise('get', 'k')).toEqual([null, { value: { a: 1 }, flags }]);
      expect(await byCallback('get', 'k')).toEqual([null, { a: 1 }, flags]);
    });

    test('a refusal goes to the logger', async () => {
      const { byPromise, logged } = await fresh();
      await byPromise('append', 'k', 'v');
      expect(logged).toEqual(['MemJS APPEND: Item not stored']);
    });

    test('stats calls back with the server and its statistics', async () => {
      const { byCallback } = await fresh();
      expect(await byCallback('stats')).toMatchObject([null, node.address, { version: expect.any(String) as string }]);
      expect(await byCallback('statsWithKey', 'settings')).toMatchObject([
        null,
        node.address,
        { maxconns: expect.any(String) as string },
      ]);
      expect(await byCallback('resetStats')).toEqual([null, node.address, {}]);
    });

    test('a client used after close connects again', async () => {
      const { client, byPromise } = await fresh();
      await byPromise('set', 'k', 'v', {});
      client.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(await byPromise('get', 'k')).toMatchObject([null, { value: Buffer.from('v') }]);
    });
  });
});

describe.each<readonly [string, Module]>(implementations)('%s', (_name, { Client, Server, Utils, Header }) => {
  test('reads credentials and ports from the list of servers', () => {
    const { servers } = Client.create('user:secret@a.example:11212,b.example');
    expect(servers).toMatchObject([
      { host: 'a.example', port: 11212, username: 'user', password: 'secret' },
      { host: 'b.example', port: 11211, username: undefined, password: undefined },
    ]);
    expect(String(servers[1])).toBe('<Server b.example:11211>');
    expect(new Server('c.example', 1).options).toMatchObject({ timeout: 0.5, conntimeout: 1 });
  });

  test('finds the server of a key by a hash that can be replaced', () => {
    const client = Client.create('a,b,c');
    const of = (key: string): string | undefined => client.server(key)?.host;
    expect(['a', 'foo', 'user:1', 'naïve', ''].map(of)).toEqual(['b', 'a', 'c', 'c', 'a']);
    client.getServer = () => 2;
    expect(of('a')).toBe('c');
  });

  test('makes and reads packets', () => {
    const packet = Utils.makeRequestBuffer(1, 'key', 'extras', 'värde', 7);
    expect(Utils.parseMessage(packet)).toMatchObject({
      header: { magic: 0x80, opcode: 1, keyLength: 3, extrasLength: 6, totalBodyLength: 15, opaque: 7 },
      key: Buffer.from('key'),
      extras: Buffer.from('extras'),
      val: Buffer.from('värde'),
    });
    expect(Utils.parseMessage(packet.subarray(0, 30))).toBe(false);
    expect(Header.toBuffer(Header.fromBuffer(packet))).toEqual(packet.subarray(0, 24));
    expect(Utils.makeAmountInitialAndExpiration(1, 2, 3).toString('hex')).toBe(
      '0000000000000001000000000000000200000003',
    );
    expect(Utils.merge({ a: 1 }, { a: 2, b: 3 })).toEqual({ a: 1, b: 3 });
  });
});
