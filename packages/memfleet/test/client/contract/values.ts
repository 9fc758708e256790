import { beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient, RawValue } from '../../../src/client/index.ts';
import { InvalidArgumentError, ServerError, ValueTooLargeError } from '../../../src/core/errors.ts';
import { askRaw, type ContractSubject, failureOf } from './subject.ts';

/** Large buffers are compared by themselves: `toEqual` looks at every byte and takes seconds. */
function expectSame(value: unknown, expected: unknown): void {
  if (expected instanceof Buffer) expect(value instanceof Buffer && value.equals(expected)).toBe(true);
  else expect(value).toEqual(expected);
}

/** What the client promises: values. */
export function valuesContract(subject: ContractSubject): void {
  const { fresh, protocol } = subject;
  describe('values', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

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
      const large = createClient({ nodes: subject.address, protocol, maxItemSize: 10_000_000, timeout: 5000 });
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
      expect(await askRaw(subject.address, `set ${key} 4660 0 3\r\nabc\r\n`)).toBe('STORED');
      const value = await client.get(key);
      expect(value).toBeInstanceOf(RawValue);
      expect(value).toMatchObject({ flags: 4660, bytes: Buffer.from('abc') });
    });
  });
}
