import { beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../../src/client/index.ts';
import { AbortedError, InvalidArgumentError, InvalidKeyError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: views, signals, ends. */
export function viewsContract(subject: ContractSubject): void {
  const { fresh, protocol } = subject;
  describe('views, signals, ends', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

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
        await using one = createClient({ nodes: subject.address, protocol });
        used = one;
        expect(await one.set(fresh(), 1)).toBe(true);
        expect(one.stats().nodes[0]).toMatchObject({ open: 1, protocol });
      }
      expect(used.stats().nodes[0]).toMatchObject({ open: 0 });
      expect((await failureOf(used.get('k'))).code).toBe('ERR_CLOSED');
    });
  });
}
