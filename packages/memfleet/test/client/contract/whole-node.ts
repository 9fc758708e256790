import { beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { InvalidKeyError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: the whole node. */
export function wholeNodeContract(subject: ContractSubject): void {
  const { fresh, protocol } = subject;
  describe('the whole node', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

    test('version and serverStats give the reply of each node', async () => {
      const versions = await client.version();
      expect([...versions.keys()]).toEqual([subject.address]);
      expect(versions.get(subject.address)).toMatch(/^1\.6/);
      const stats = (await client.serverStats()).get(subject.address);
      expect(Number(stats?.['curr_connections'])).toBeGreaterThan(0);
      expect(stats?.['version']).toBe(versions.get(subject.address));
      const settings = (await client.serverStats('settings')).get(subject.address);
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
}
