import { beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../../src/client/index.ts';
import { InvalidArgumentError, ServerError, UnsafeIntegerError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: counters. */
export function countersContract(subject: ContractSubject): void {
  const { fresh, protocol, startAnother, ttlOf } = subject;
  describe('counters', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

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
      const own = await startAnother();
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

    test('a get of a counter beyond 2^53−1 is exact or an error', async () => {
      const key = fresh();
      await client.set(key, Number.MAX_SAFE_INTEGER);
      expect(await client.incr(key, 1n)).toBe(2n ** 53n);
      expect(await client.get(key)).toBe(2 ** 53);
      expect(await client.incr(key, 1n)).toBe(2n ** 53n + 1n);
      expect(await failureOf(client.get(key))).toBeInstanceOf(UnsafeIntegerError);
      expect(await failureOf(client.getMany([key]))).toMatchObject({
        failures: new Map([[key, expect.any(UnsafeIntegerError)]]),
      });
      const big = fresh();
      // From 2^63 on memcached does not always see a number (docs/protocols.md#text-protocol).
      await client.set(big, 2n ** 63n - 2n);
      await client.incr(big, 1n);
      expect(await client.get(big)).toBe(2n ** 63n - 1n);
      await client.set(big, 2n ** 64n - 1n);
      expect(await client.get(big)).toBe(2n ** 64n - 1n);
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
}
