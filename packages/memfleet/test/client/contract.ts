/**
 * What every method of the client does, as one suite that runs against any node and every protocol. A judge is a node:
 * the embedded server, the real memcached.
 */
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient, RawValue } from '../../src/client/index.ts';
import {
  AbortedError,
  InvalidArgumentError,
  InvalidKeyError,
  type MemcacheError,
  type PartialResultError,
  ServerError,
  UnsafeIntegerError,
  UnsupportedError,
  ValueTooLargeError,
} from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';

/** A node that runs. */
export interface Judge {
  readonly address: string;
  stop(): Promise<void>;
}

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];
const day = 24 * 60 * 60;

/** What a call fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<MemcacheError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error as MemcacheError;
  throw new Error(`it gave ${String(outcome.value)} instead of failing`);
}

/** Asks the node without the client. One line comes back. */
export function askRaw(address: string, text: string): Promise<string> {
  const at = address.lastIndexOf(':');
  const socket = connectSocket({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('\r\n')) return;
      socket.destroy();
      resolve(answer.slice(0, -2));
    });
    socket.on('error', reject);
    socket.write(text, 'latin1');
  });
}

/** Large buffers are compared by themselves: `toEqual` looks at every byte and takes seconds. */
function expectSame(value: unknown, expected: unknown): void {
  if (expected instanceof Buffer) expect(value instanceof Buffer && value.equals(expected)).toBe(true);
  else expect(value).toEqual(expected);
}

/** Defines the suite for one judge. */
export function clientContract(start: () => Promise<Judge>): void {
  let judge: Judge;
  beforeAll(async () => {
    judge = await start();
  });
  afterAll(() => judge.stop());
  const ttlOf = async (key: string): Promise<number> => {
    const line = await askRaw(judge.address, `mg ${key} t\r\n`);
    return Number(/^HD t(-?\d+)$/.exec(line)?.[1]);
  };

  describe.each(protocols)('%s', (protocol) => {
    let client: Client;
    let count = 0;
    /** A key that no other test uses. */
    const fresh = (name = 'key'): string => `${protocol}:${name}:${count++}`;

    beforeAll(() => {
      client = createClient({ nodes: judge.address, protocol, timeout: 5000 });
    });
    afterAll(() => client.close());

    describe('get, set', () => {
      test('get of a key that is not there gives undefined', async () => {
        expect(await client.get(fresh())).toBe(undefined);
      });

      test('set stores, and stores over what was there', async () => {
        const key = fresh();
        expect(await client.set(key, 'one')).toBe(true);
        expect(await client.set(key, 'two')).toBe(true);
        expect(await client.get(key)).toBe('two');
      });

      test('calls without await keep their order', async () => {
        const key = fresh();
        const calls = [client.set(key, 1), client.get(key), client.delete(key), client.get(key), client.set(key, 2)];
        expect(await Promise.all(calls)).toEqual([true, 1, true, undefined, true]);
        expect(await client.get(key)).toBe(2);
      });

      test('getMany gives those that exist, each once, from any iterable', async () => {
        const [a, b, c] = [fresh(), fresh(), fresh()];
        await client.set(a, 'a');
        await client.set(c, { c: true });
        const expected = new Map<string, unknown>([
          [a, 'a'],
          [c, { c: true }],
        ]);
        expect(await client.getMany([a, b, c, a])).toEqual(expected);
        expect(await client.getMany(new Set([c, a]))).toEqual(expected);
        expect(await client.getMany(expected.keys())).toEqual(expected);
        expect(await client.getMany([])).toEqual(new Map());
        expect(await client.getMany([b])).toEqual(new Map());
      });

      test('getMany with a thousand keys', async () => {
        const keys = Array.from({ length: 1000 }, (_, i) => `${fresh('many')}:${i}`);
        const even = keys.filter((_, i) => i % 2 === 0);
        expect(await client.setMany(even.map((key) => [key, key] as const))).toEqual(
          new Map(even.map((key) => [key, true])),
        );
        expect(await client.getMany(keys)).toEqual(new Map(even.map((key) => [key, key])));
      });

      test('getMany refuses what is no list', async () => {
        for (const wrong of ['key', 5, undefined, null, {}])
          expect(await failureOf(client.getMany(wrong as never))).toBeInstanceOf(InvalidArgumentError);
      });

      test('setMany takes entries, a Map or an object', async () => {
        const [a, b] = [fresh(), fresh()];
        const stored = new Map([
          [a, true],
          [b, true],
        ]);
        expect(
          await client.setMany([
            [a, 1],
            [b, 2],
          ]),
        ).toEqual(stored);
        expect(
          await client.setMany(
            new Map([
              [a, 3],
              [b, 4],
            ]),
          ),
        ).toEqual(stored);
        expect(await client.setMany({ [a]: 5, [b]: 6 }, { ttl: 60 })).toEqual(stored);
        expect(await client.getMany([a, b])).toEqual(
          new Map([
            [a, 5],
            [b, 6],
          ]),
        );
        expect(await ttlOf(a)).toBeGreaterThan(50);
        expect(await client.setMany([])).toEqual(new Map());
      });

      test('setMany with a value that cannot be stored stores nothing', async () => {
        const [a, b] = [fresh(), fresh()];
        expect(await failureOf(client.setMany({ [a]: 1, [b]: undefined }))).toBeInstanceOf(InvalidArgumentError);
        expect(await client.getMany([a, b])).toEqual(new Map());
      });

      test('add stores only what is not there, replace only what is', async () => {
        const key = fresh();
        expect(await client.replace(key, 1)).toBe(false);
        expect(await client.add(key, 2)).toBe(true);
        expect(await client.add(key, 3)).toBe(false);
        expect(await client.get(key)).toBe(2);
        expect(await client.replace(key, 4)).toBe(true);
        expect(await client.get(key)).toBe(4);
      });

      test('append and prepend add bytes; type and ttl stay; without a value they do nothing', async () => {
        const key = fresh();
        expect(await client.append(key, 'x')).toBe(false);
        expect(await client.prepend(key, 'x')).toBe(false);
        await client.set(key, Buffer.from('b'), 100);
        expect(await client.append(key, 'c')).toBe(true);
        expect(await client.prepend(key, 'a')).toBe(true);
        expect(await client.get(key)).toEqual(Buffer.from('abc'));
        expect(await ttlOf(key)).toBeGreaterThan(90);
      });

      test('append and prepend refuse null and undefined, whose JSON would stand within the value', async () => {
        const key = fresh();
        await client.set(key, 'text');
        for (const nothing of [null, undefined])
          for (const call of [client.append(key, nothing), client.prepend(key, nothing)])
            expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
        await client.append(key, 5);
        expect(await client.get(key)).toBe('text5');
      });
    });

    describe('cas', () => {
      test('gets gives a token that changes with every write', async () => {
        const key = fresh();
        expect(await client.gets(key)).toBe(undefined);
        await client.set(key, 'one');
        const one = await client.getWithCas(key);
        await client.set(key, 'one');
        const two = await client.gets(key);
        expect(one?.value).toBe('one');
        expect(typeof one?.cas).toBe('bigint');
        expect(one?.cas).not.toBe(two?.cas);
      });

      test('cas says stored, exists or notFound', async () => {
        const key = fresh();
        expect(await client.cas(key, 'x', 1n)).toBe('notFound');
        await client.set(key, 'one');
        const cas = (await client.gets(key))?.cas ?? 0n;
        expect(await client.cas(key, 'two', cas, { ttl: 100 })).toBe('stored');
        expect(await client.cas(key, 'three', cas)).toBe('exists');
        expect(await client.get(key)).toBe('two');
        expect(await ttlOf(key)).toBeGreaterThan(90);
      });

      test('of many who change the same value, one at a time gets through', async () => {
        const key = fresh();
        await client.set(key, 0);
        const add = async (): Promise<void> => {
          for (;;) {
            const read = await client.gets<number>(key);
            if ((await client.cas(key, (read?.value ?? 0) + 1, read?.cas ?? 0n)) === 'stored') return;
          }
        };
        await Promise.all(Array.from({ length: 10 }, add));
        expect(await client.get(key)).toBe(10);
      });

      test('a token that is none is refused', async () => {
        for (const wrong of [0n, -1n, 5, '1', undefined])
          expect(await failureOf(client.cas(fresh(), 1, wrong as never))).toBeInstanceOf(InvalidArgumentError);
      });

      test('delete with a cas deletes only what has not changed', async () => {
        const key = fresh();
        await client.set(key, 1);
        const cas = (await client.gets(key))?.cas ?? 0n;
        if (protocol === 'text') {
          expect(await failureOf(client.delete(key, { cas }))).toBeInstanceOf(UnsupportedError);
          return;
        }
        await client.set(key, 2);
        expect(await client.delete(key, { cas })).toBe(false);
        expect(await client.get(key)).toBe(2);
        expect(await client.delete(key, { cas: (await client.gets(key))?.cas })).toBe(true);
        expect(await client.get(key)).toBe(undefined);
      });
    });

    describe('delete, touch, ttl', () => {
      test('delete says whether it was there', async () => {
        const key = fresh();
        await client.set(key, 1);
        expect(await client.delete(key)).toBe(true);
        expect(await client.delete(key)).toBe(false);
      });

      test('deleteMany says it of each', async () => {
        const [a, b] = [fresh(), fresh()];
        await client.set(a, 1);
        expect(await client.deleteMany([a, b, a])).toEqual(
          new Map([
            [a, true],
            [b, false],
          ]),
        );
        expect(await client.deleteMany([])).toEqual(new Map());
      });

      test('touch and gat give a new ttl and leave the value', async () => {
        const key = fresh();
        expect(await client.touch(key, 10)).toBe(false);
        expect(await client.gat(key, 10)).toBe(undefined);
        await client.set(key, 'value');
        expect(await ttlOf(key)).toBe(-1);
        expect(await client.touch(key, 100)).toBe(true);
        expect(await ttlOf(key)).toBeGreaterThan(90);
        expect(await client.getAndTouch(key, 1000)).toBe('value');
        expect(await ttlOf(key)).toBeGreaterThan(990);
        expect(await client.gat(key, 0)).toBe('value');
        expect(await ttlOf(key)).toBe(-1);
      });

      test('a ttl is a number or an option; 0 and Infinity are for ever; fractions are rounded up', async () => {
        const key = fresh();
        const ttls: readonly (readonly [given: number | { ttl: number }, least: number, most: number])[] = [
          [100, 95, 100],
          [{ ttl: 200 }, 195, 200],
          [0, -1, -1],
          [Infinity, -1, -1],
          [10.2, 8, 11],
        ];
        for (const [given, least, most] of ttls) {
          await client.set(key, 1, given);
          const ttl = await ttlOf(key);
          expect(ttl).toBeGreaterThanOrEqual(least);
          expect(ttl).toBeLessThanOrEqual(most);
        }
        await client.set(key, 1, 0.01);
        expect(await client.get(key)).toBe(1);
      });

      test('31 days are 31 days, not a second of 1970', async () => {
        const key = fresh();
        await client.set(key, 1, 31 * day);
        expect(Math.abs((await ttlOf(key)) - 31 * day)).toBeLessThan(10);
        await client.touch(key, 40 * day);
        expect(Math.abs((await ttlOf(key)) - 40 * day)).toBeLessThan(10);
        await client.gat(key, 400 * day);
        expect(Math.abs((await ttlOf(key)) - 400 * day)).toBeLessThan(10);
        await client.set(key, 1, 30 * day);
        expect(Math.abs((await ttlOf(key)) - 30 * day)).toBeLessThan(10);
      });

      test('a ttl that is negative, no number or beyond 2106 is refused, and the connection stays', async () => {
        const key = fresh();
        await client.set(key, 'stays');
        for (const wrong of [-1, -0.5, NaN, -Infinity, '60', 1e12, 5_000_000_000]) {
          const ttl = wrong as number;
          for (const call of [
            client.set(key, 1, { ttl }),
            client.touch(key, ttl),
            client.gat(key, ttl),
            client.add(key, 1, { ttl }),
            client.incr(key, 1, { initial: 1, ttl }),
            client.getOrSet(key, () => 1, { ttl }),
            client.flush(ttl),
          ])
            expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
        }
        expect(await client.get(key)).toBe('stays');
        expect(client.stats().nodes[0]?.connects).toBe(1);
      });
    });

    describe('items', () => {
      test('getItem gives the value with what the node knows of the item', async () => {
        const key = fresh();
        expect(await client.getItem(key)).toBe(undefined);
        await client.set(key, { a: 1 }, 100);
        const item = await client.getItem(key);
        expect(item).toMatchObject({ value: { a: 1 }, size: 7 });
        expect(item?.flags).toBe((await client.getItem(key))?.flags);
        expect(await client.cas(key, 'b', item?.cas as bigint)).toBe('stored');
        const stored = await client.getItem(key);
        if (protocol === 'meta') {
          expect([99, 100]).toContain(item?.ttl);
          expect(item?.fetched).toBe(false);
          expect(item?.age).toBe(item?.lastAccess);
          expect([0, 1]).toContain(item?.age);
          expect(stored).toMatchObject({ value: 'b', ttl: Infinity, fetched: false });
          // Read now: nobody keeps when it was stored.
          expect(await client.getItem(key)).toMatchObject({ fetched: true, age: undefined });
          expect([0, 1]).toContain((await client.getItem(key))?.lastAccess);
        } else {
          const unknown = { ttl: undefined, age: undefined, lastAccess: undefined, fetched: undefined };
          expect(stored).toMatchObject({ value: 'b', ...unknown });
        }
        expect(Object.keys(stored as object)).toEqual(Object.keys(item as object));
      });

      test('getItem and getWithCas give the same token', async () => {
        const key = fresh();
        await client.set(key, 1);
        expect((await client.getItem(key))?.cas).toBe((await client.getWithCas(key))?.cas);
      });

      const isMeta = protocol === 'meta';
      test(`ttlOf ${isMeta ? 'gives the seconds left, and is no access' : 'and meta are refused: they need meta'}`, async () => {
        const key = fresh();
        if (!isMeta) {
          const [asked, sent] = [await failureOf(client.ttlOf(key)), await failureOf(client.meta(`mg ${key} v`))];
          for (const error of [asked, sent]) expect(error).toBeInstanceOf(UnsupportedError);
          expect(asked.message).toContain('cannot report the ttl of an item');
          expect(sent.message).toContain('cannot carry a meta request');
          return;
        }
        expect(await client.ttlOf(key)).toBe(undefined);
        await client.set(key, 'v', 100);
        expect([99, 100]).toContain(await client.ttlOf(key));
        await client.set(key, 'v');
        expect(await client.ttlOf(key)).toBe(Infinity);
        expect(await client.getItem(key)).toMatchObject({ fetched: false });
      });
    });

    describe('counters', () => {
      test('incr and decr count what set wrote, and give the new value in the type of the delta', async () => {
        const key = fresh();
        await client.set(key, 10);
        expect(await client.incr(key)).toBe(11);
        expect(await client.incr(key, 5)).toBe(16);
        expect(await client.incr(key, 4n)).toBe(20n);
        expect(await client.decr(key, 11)).toBe(9);
        expect(await client.decr(key, 1n)).toBe(8n);
        expect(await client.incr(key, 0)).toBe(8);
        expect(await client.get(key)).toBe(8);
      });

      test('without a counter and without an initial value there is undefined', async () => {
        const key = fresh();
        expect(await client.incr(key)).toBe(undefined);
        expect(await client.decr(key, 1n)).toBe(undefined);
        expect(await client.get(key)).toBe(undefined);
      });

      test('an initial value is what a new counter has; the delta comes with the next call', async () => {
        const key = fresh();
        expect(await client.incr(key, 5, { initial: 100, ttl: 60 })).toBe(100);
        expect(await client.incr(key, 5, { initial: 100 })).toBe(105);
        expect(await ttlOf(key)).toBeGreaterThan(50);
        const other = fresh();
        expect(await client.decr(other, 5n, { initial: 2n ** 62n })).toBe(2n ** 62n);
        expect(await client.decr(other, 5n)).toBe(2n ** 62n - 5n);
        const zero = fresh();
        expect(await client.incr(zero, 1, { initial: 0 })).toBe(0);
      });

      test('many who make a counter at the same time make one', async () => {
        const key = fresh();
        const values = await Promise.all(Array.from({ length: 20 }, () => client.incr(key, 1, { initial: 1 })));
        expect([...values].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      });

      test('64 bits are exact; incr goes round at 2^64, decr stops at 0', async () => {
        // On a node of its own: to a counter from 2^63 on memcached 1.6.18 looks for a minus sign beyond the end of the
        // item, into whatever other items left in memory, and may then answer that it is no number.
        const own = await start();
        const exact = createClient({ nodes: own.address, protocol, timeout: 5000 });
        const most = 2n ** 64n - 1n;
        expect(await exact.set('n', most - 1n)).toBe(true);
        expect(await exact.incr('n', 1n)).toBe(most);
        expect(await exact.incr('n', 3n)).toBe(2n);
        expect(await exact.decr('n', 10n)).toBe(0n);
        await exact.set('n', 0);
        expect(await exact.incr('n', most)).toBe(most);
        expect(await exact.decr('n', most)).toBe(0n);
        await exact.close();
        await own.stop();
      });

      test('a counter beyond 2^53−1 is no number: the call says so, and has counted', async () => {
        const key = fresh();
        await client.set(key, Number.MAX_SAFE_INTEGER);
        expect(await failureOf(client.incr(key))).toBeInstanceOf(UnsafeIntegerError);
        expect(await client.incr(key, 0n)).toBe(2n ** 53n);
      });

      test('a counter that gets shorter is read without its padding', async () => {
        const key = fresh();
        await client.set(key, 1000);
        expect(await client.decr(key)).toBe(999);
        expect(await client.get(key)).toBe(999);
        const big = fresh();
        await client.set(big, 1000n);
        expect(await client.decr(big, 1n)).toBe(999n);
        expect(await client.get(big)).toBe(999n);
      });

      test('what is no counter gets an error reply, and the connection stays', async () => {
        const key = fresh();
        await client.set(key, 'text');
        expect(await failureOf(client.incr(key))).toBeInstanceOf(ServerError);
        expect(await failureOf(client.decr(key, 1, { initial: 1 }))).toBeInstanceOf(ServerError);
        expect(await client.get(key)).toBe('text');
        expect(client.stats().nodes[0]?.connects).toBe(1);
      });

      test('a delta or initial value that is none is refused', async () => {
        const key = fresh();
        for (const wrong of [-1, -1n, 1.5, NaN, Infinity, 2 ** 53, 2n ** 64n, '1', null])
          expect(await failureOf(client.incr(key, wrong as number))).toBeInstanceOf(InvalidArgumentError);
        for (const wrong of [-1, 2n ** 64n, 0.5])
          expect(await failureOf(client.incr(key, 1, { initial: wrong }))).toBeInstanceOf(InvalidArgumentError);
      });
    });

    describe('values', () => {
      const values: Readonly<Record<string, unknown>> = {
        'an empty string': '',
        text: 'naïve 日本語 🦊 \u0000 \r\n',
        'a protocol in a value': '\r\nEND\r\nVA 3 f0\r\nxyz\r\nMN\r\nSTORED\r\n',
        zero: 0,
        'a negative number': -1.5e-7,
        'not a number': NaN,
        infinity: -Infinity,
        bigint: -(2n ** 70n),
        true: true,
        false: false,
        null: null,
        object: { a: [1, 'two', { three: null }], ключ: '🦊' },
        array: [1, 2, [3]],
        'an empty buffer': Buffer.alloc(0),
        'every byte': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
        '20 KB of bytes': Buffer.alloc(20_000, 0x80),
        '70 KB of text': 'x'.repeat(70_000),
        '200 KB of UTF-8': 'é'.repeat(100_000),
        '1 MB of bytes': Buffer.alloc(1_000_000, 'memfleet'),
      };

      test.each(Object.keys(values))('%s comes back as it was stored', async (name) => {
        const key = fresh('value');
        expect(await client.set(key, values[name])).toBe(true);
        const read = [
          await client.get(key),
          (await client.getMany([key])).get(key),
          (await client.gets(key))?.value,
          await client.gat(key, 10),
        ];
        for (const value of read) expectSame(value, values[name]);
      });

      test('a Uint8Array comes back as a Buffer with its bytes, also a part of a larger one', async () => {
        const key = fresh();
        await client.set(key, new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4));
        expect(await client.get(key)).toEqual(Buffer.from([1, 2, 3]));
      });

      test('what has no bytes is refused before anything is sent', async () => {
        const key = fresh();
        const circular: Record<string, unknown> = {};
        circular['self'] = circular;
        for (const wrong of [undefined, () => {}, Symbol('x'), circular, { big: 1n }])
          expect(await failureOf(client.set(key, wrong))).toBeInstanceOf(InvalidArgumentError);
        expect(await client.get(key)).toBe(undefined);
      });

      test('a value above maxItemSize is refused before anything is sent; what was there stays', async () => {
        const key = fresh();
        await client.set(key, 'old');
        const error = await failureOf(client.set(key, 'x'.repeat(1024 * 1024 + 1)));
        expect(error).toBeInstanceOf(ValueTooLargeError);
        expect(error.message).toContain('maxItemSize');
        expect(await failureOf(client.set(key, 'é'.repeat(600_000)))).toBeInstanceOf(ValueTooLargeError);
        expect(await client.get(key)).toBe('old');
      });

      test('the largest value that passes maxItemSize fits into the node, to the byte', async () => {
        for (const key of [fresh(), fresh().padEnd(250, 'k')]) {
          // memcached's header has 59 bytes, and flags take 4.
          for (const [fill, header] of [
            ['x', 59],
            [Buffer.from('x'), 63],
          ] as const) {
            const most = 1024 * 1024 - header - key.length;
            const valueOf = (length: number): string | Buffer =>
              typeof fill === 'string' ? fill.repeat(length) : Buffer.alloc(length, fill);
            expect(await client.set(key, valueOf(most))).toBe(true);
            const error = await failureOf(client.set(key, valueOf(most + 1)));
            expect(error).toBeInstanceOf(ValueTooLargeError);
            expect(error.message).toContain(`has ${most + 1} bytes, 1048577 with its key and memcached's header`);
          }
          await client.delete(key);
        }
      });

      test('a value that is too large for the node gets an error reply, and the connection stays', async () => {
        const large = createClient({ nodes: judge.address, protocol, maxItemSize: 10_000_000, timeout: 5000 });
        const key = fresh();
        const calls = [
          failureOf(large.set(key, 'x'.repeat(1024 * 1024))),
          large.set(`${key}:small`, 1),
          failureOf(large.set(key, Buffer.alloc(3_000_000))),
          large.get(`${key}:small`),
        ];
        const [first, second, third, fourth] = await Promise.all(calls);
        expect(first).toBeInstanceOf(ServerError);
        expect(third).toBeInstanceOf(ServerError);
        expect([second, fourth]).toEqual([true, 1]);
        expect(await large.get(key)).toBe(undefined);
        await large.close();
      });

      test('large and small values in one pipeline keep apart', async () => {
        const keys = Array.from({ length: 30 }, () => fresh('mixed'));
        const valueOf = (i: number): string => `${i}:`.repeat(i % 3 === 0 ? 60_000 : 5);
        await Promise.all(keys.map((key, i) => client.set(key, valueOf(i))));
        const read = await Promise.all(keys.map((key) => client.get(key)));
        expect(read.every((value, i) => value === valueOf(i))).toBe(true);
        const many = await client.getMany(keys);
        expect(keys.every((key, i) => many.get(key) === valueOf(i))).toBe(true);
      });

      test('flags of somebody else come back as bytes with their flags', async () => {
        const key = fresh();
        expect(await askRaw(judge.address, `set ${key} 4660 0 3\r\nabc\r\n`)).toBe('STORED');
        const value = await client.get(key);
        expect(value).toBeInstanceOf(RawValue);
        expect(value).toMatchObject({ flags: 4660, bytes: Buffer.from('abc') });
      });
    });

    describe('keys', () => {
      test('250 bytes fit, 251 and 0 do not', async () => {
        const key = fresh().padEnd(250, 'x');
        expect(await client.set(key, 1)).toBe(true);
        expect(await client.get(key)).toBe(1);
        expect(await client.getMany([key])).toEqual(new Map([[key, 1]]));
        for (const wrong of [
          `${key}x`,
          '',
          new Uint8Array(0),
          new Uint8Array(251),
          'é'.repeat(126),
          5,
          null,
          undefined,
        ]) {
          expect(await failureOf(client.get(wrong as string))).toBeInstanceOf(InvalidKeyError);
          expect(await failureOf(client.set(wrong as string, 1))).toBeInstanceOf(InvalidKeyError);
          expect(await failureOf(client.delete(wrong as string))).toBeInstanceOf(InvalidKeyError);
          expect(await failureOf(client.getMany([key, wrong as string]))).toBeInstanceOf(InvalidKeyError);
        }
      });

      test('UTF-8 keys work, and are the same as their bytes', async () => {
        const key = `${fresh()}-ключ-🦊`;
        expect(await client.set(key, 'value')).toBe(true);
        expect(await client.get(key)).toBe('value');
        expect(await client.get(Buffer.from(key))).toBe('value');
        expect(await client.getMany([key, 'none'])).toEqual(new Map([[key, 'value']]));
        expect(await client.deleteMany([key])).toEqual(new Map([[key, true]]));
      });

      test('half of a surrogate pair is no text: two of them must not be the same key', async () => {
        for (const half of ['\ud83d', `${fresh()}\udd8a`])
          expect(await failureOf(client.set(half, 1))).toBeInstanceOf(InvalidKeyError);
      });

      test('keys with spaces, line ends and control bytes: carried as they are, or refused; never two commands', async () => {
        for (const odd of ['a b', 'a\r\nb', '\u0000', 'a\tb', 'a\u007f', 'a\r\nset pwned 0 0 1\r\nx', ' ']) {
          const key = `${fresh()}${odd}`;
          if (protocol === 'text') {
            expect(await failureOf(client.set(key, 1))).toBeInstanceOf(InvalidKeyError);
            expect(await failureOf(client.get(key))).toBeInstanceOf(InvalidKeyError);
            const many = await failureOf(client.getMany([key]));
            expect((many as PartialResultError).failures.get(key)).toBeInstanceOf(InvalidKeyError);
          } else {
            expect(await client.set(key, odd)).toBe(true);
            expect(await client.get(key)).toBe(odd);
            expect(await client.gets(key)).toMatchObject({ value: odd });
            expect(await client.getMany([key, fresh()])).toEqual(new Map([[key, odd]]));
            expect(await client.touch(key, 10)).toBe(true);
            expect(await client.append(key, 'x')).toBe(true);
            expect(await client.incr(`${key}n`, 1, { initial: 5 })).toBe(5);
            expect(await client.delete(key)).toBe(true);
          }
        }
        expect(await client.get('pwned')).toBe(undefined);
        expect(client.stats().nodes[0]?.connects).toBe(1);
      });

      test('keys of any bytes', async () => {
        if (protocol === 'text') return;
        const key = Buffer.from([0, 1, 10, 13, 32, 127, 128, 255, ...Buffer.from(fresh())]);
        expect(await client.set(key, 'bytes')).toBe(true);
        expect(await client.get(key)).toBe('bytes');
        expect(await client.delete(key)).toBe(true);
      });
    });

    describe('getOrSet', () => {
      test('loads what is not there, stores it with its ttl, and loads no more', async () => {
        const key = fresh();
        const loads: string[] = [];
        const load = (asked: string): string => {
          loads.push(asked);
          return 'loaded';
        };
        expect(await client.getOrSet(key, load, 100)).toBe('loaded');
        expect(await client.getOrSet(key, load, { ttl: 100 })).toBe('loaded');
        expect(loads).toEqual([key]);
        expect(await client.get(key)).toBe('loaded');
        expect(await ttlOf(key)).toBeGreaterThan(90);
      });

      test('callers at the same time share one load', async () => {
        const key = fresh();
        let loads = 0;
        const load = async (): Promise<number> => {
          await new Promise(setImmediate);
          return ++loads;
        };
        const values = await Promise.all(Array.from({ length: 50 }, () => client.getOrSet(key, load)));
        expect(new Set(values)).toEqual(new Set([1]));
        expect(loads).toBe(1);
      });

      test('refresh loads anew, also while another call reads', async () => {
        const key = fresh();
        await client.set(key, 'old');
        const plain = client.getOrSet(key, () => 'never');
        const refreshed = client.getOrSet(key, () => 'new', { refresh: true });
        expect(await plain).toBe('old');
        expect(await refreshed).toBe('new');
        expect(await client.get(key)).toBe('new');
      });

      test('undefined is given but not stored; null, 0, false and empty are values', async () => {
        const key = fresh();
        expect(await client.getOrSet(key, () => undefined)).toBe(undefined);
        expect(await client.getOrSet(key, () => 'later')).toBe('later');
        for (const value of [null, 0, false, '']) {
          const other = fresh();
          expect(await client.getOrSet(other, () => value)).toBe(value);
          expect(await client.getOrSet(other, () => 'not asked')).toBe(value);
        }
      });

      test('what the loader throws goes to all who wait; nothing is stored, and the next call loads again', async () => {
        const key = fresh();
        const problem = new Error('database is down');
        const load = async (): Promise<never> => {
          await new Promise(setImmediate);
          throw problem;
        };
        const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => client.getOrSet(key, load)));
        expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as Error)).toEqual(
          Array.from({ length: 5 }, () => problem),
        );
        expect(
          await failureOf(
            client.getOrSet(key, () => {
              throw problem;
            }),
          ),
        ).toBe(problem);
        expect(await client.getOrSet(key, () => 'up again')).toBe('up again');
      });

      test('a value that cannot be stored is told, not passed over', async () => {
        expect(await failureOf(client.getOrSet(fresh(), () => () => {}))).toBeInstanceOf(InvalidArgumentError);
        expect(await failureOf(client.getOrSet(fresh(), () => 'x'.repeat(2_000_000)))).toBeInstanceOf(
          ValueTooLargeError,
        );
        expect(await failureOf(client.getOrSet('', () => 1))).toBeInstanceOf(InvalidKeyError);
      });

      test('a caller that aborts goes alone: the load goes on for the others', async () => {
        const key = fresh();
        const controller = new AbortController();
        let finish = (_value: string): void => {};
        const loaded = new Promise<string>((resolve) => {
          finish = resolve;
        });
        let begun = (): void => {};
        const isLoading = new Promise<void>((resolve) => {
          begun = resolve;
        });
        const load = (): Promise<string> => {
          begun();
          return loaded;
        };
        const aborted = client.getOrSet(key, load, { signal: controller.signal });
        const other = client.getOrSet(key, load);
        await isLoading;
        controller.abort();
        expect(await failureOf(aborted)).toBeInstanceOf(AbortedError);
        finish('loaded');
        expect(await other).toBe('loaded');
      });
    });

    describe('the whole node', () => {
      test('version and serverStats give the reply of each node', async () => {
        const versions = await client.version();
        expect([...versions.keys()]).toEqual([judge.address]);
        expect(versions.get(judge.address)).toMatch(/^1\.6/);
        const stats = (await client.serverStats()).get(judge.address);
        expect(Number(stats?.['curr_connections'])).toBeGreaterThan(0);
        expect(stats?.['version']).toBe(versions.get(judge.address));
        const settings = (await client.serverStats('settings')).get(judge.address);
        expect(Number(settings?.['item_size_max'])).toBe(1024 * 1024);
      });

      test('serverStats cannot be made to say anything else', async () => {
        for (const wrong of ['a\r\nflush_all', '\u0000'])
          if (protocol !== 'binary') expect(await failureOf(client.serverStats(wrong))).toBeInstanceOf(InvalidKeyError);
        expect(client.stats().nodes[0]?.connects).toBe(1);
      });

      test('flush in the future leaves everything for now', async () => {
        const key = fresh();
        await client.set(key, 1);
        await client.flush(1000);
        expect(await client.get(key)).toBe(1);
      });

      test('flush drops everything', async () => {
        const key = fresh();
        await client.set(key, 1);
        await client.flush();
        expect(await client.get(key)).toBe(undefined);
      });
    });

    describe('views, signals, ends', () => {
      test('withPrefix puts its prefix before every key, and results have the keys as they were given', async () => {
        const prefix = `${fresh('prefix')}:`;
        const view = client.withPrefix(prefix);
        expect(await view.set('a', 1)).toBe(true);
        expect(await client.get(`${prefix}a`)).toBe(1);
        expect(await view.setMany({ b: 2 })).toEqual(new Map([['b', true]]));
        expect(await view.getMany(['a', 'b', 'c'])).toEqual(
          new Map([
            ['a', 1],
            ['b', 2],
          ]),
        );
        expect(await view.deleteMany(['a', 'c'])).toEqual(
          new Map([
            ['a', true],
            ['c', false],
          ]),
        );
        expect(await view.getOrSet('d', (key) => key)).toBe('d');
        expect(await view.incr('n', 1, { initial: 1 })).toBe(1);
        const inner = view.withPrefix('é:');
        await inner.set('ж', 'inner');
        expect(await client.get(`${prefix}é:ж`)).toBe('inner');
        expect(await failureOf(view.get('x'.repeat(250)))).toBeInstanceOf(InvalidKeyError);
      });

      test('a signal that fired already: nothing is sent', async () => {
        const signal = AbortSignal.abort(new Error('no'));
        const key = fresh();
        const calls: Promise<unknown>[] = [
          client.get(key, { signal }),
          client.gets(key, { signal }),
          client.gat(key, 1, { signal }),
          client.getMany([key], { signal }),
          client.set(key, 1, { signal }),
          client.setMany({ [key]: 1 }, { signal }),
          client.add(key, 1, { signal }),
          client.append(key, 1, { signal }),
          client.cas(key, 1, 1n, { signal }),
          client.delete(key, { signal }),
          client.deleteMany([key], { signal }),
          client.incr(key, 1, { signal }),
          client.touch(key, 1, { signal }),
          client.getItem(key, { signal }),
          client.ttlOf(key, { signal }),
          client.meta(`mg ${key} v`, undefined, { signal }),
          client.flush(0, { signal }),
          client.version({ signal }),
          client.serverStats('', { signal }),
          client.getOrSet(key, () => 1, { signal }),
        ];
        for (const call of calls) {
          const error = await failureOf(call);
          expect(error).toBeInstanceOf(AbortedError);
          expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
          expect((error.cause as Error).message).toBe('no');
        }
        expect(await client.get(key)).toBe(undefined);
      });

      test('a signal that fires later ends the call, not the connection', async () => {
        const key = fresh();
        await client.set(key, 'value');
        for (let i = 0; i < 20; i++) {
          const controller = new AbortController();
          const calls = [client.get(key, controller), client.getMany([key], controller), client.version(controller)];
          controller.abort();
          for (const call of calls) expect(await failureOf(call)).toBeInstanceOf(AbortedError);
          expect(await client.get(key)).toBe('value');
        }
        expect(client.stats().nodes[0]?.connects).toBe(1);
      });

      test('the timeout of a single call', async () => {
        const key = fresh();
        expect(await client.set(key, 1, { timeout: 4000 })).toBe(true);
        expect(await client.get(key, { timeout: Infinity })).toBe(1);
        expect(await client.get(key, { timeout: 1e12 })).toBe(1);
        for (const wrong of [0, -1, NaN, '5', null])
          expect(await failureOf(client.get(key, { timeout: wrong as number }))).toBeInstanceOf(InvalidArgumentError);
      });

      test('await using closes', async () => {
        let used: Client;
        {
          await using one = createClient({ nodes: judge.address, protocol });
          used = one;
          expect(await one.set(fresh(), 1)).toBe(true);
          expect(one.stats().nodes[0]).toMatchObject({ open: 1, protocol });
        }
        expect(used.stats().nodes[0]).toMatchObject({ open: 0 });
        expect((await failureOf(used.get('k'))).code).toBe('ERR_CLOSED');
      });
    });
  });
}
