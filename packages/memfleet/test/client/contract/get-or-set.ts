import { beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { AbortedError, InvalidArgumentError, InvalidKeyError, ValueTooLargeError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: getOrSet. */
export function getOrSetContract(subject: ContractSubject): void {
  const { fresh, ttlOf } = subject;
  describe('getOrSet', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

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
      expect(await failureOf(client.getOrSet(fresh(), () => 'x'.repeat(2_000_000)))).toBeInstanceOf(ValueTooLargeError);
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
}
