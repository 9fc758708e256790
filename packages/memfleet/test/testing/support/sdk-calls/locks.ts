/** Calls of the official SDK about locks, durability, and the expiry that a write keeps. */
import { CouchbaseError, DocumentNotFoundError, DurabilityImpossibleError, DurabilityLevel } from 'couchbase';
import { expect } from 'vitest';
import type { SdkCall } from './sdk-call.ts';

export const lockCalls: readonly SdkCall[] = [
  {
    call: 'getAndLock',
    expected: 'reads and locks: others cannot write',
    async run({ items, clock }) {
      await items.upsert('lock', 1);
      const { content, cas } = await items.getAndLock('lock', 15);
      expect(content).toBe(1);
      await expect(items.upsert('lock', 2, { timeout: 300 })).rejects.toThrow(CouchbaseError);
      await expect(items.getAndLock('lock', 15, { timeout: 300 })).rejects.toThrow(CouchbaseError);
      expect((await items.get('lock')).content).toBe(1);
      await items.replace('lock', 3, { cas });
      await items.getAndLock('lock', 15);
      clock.advance(16_000);
      await items.upsert('lock', 4);
    },
  },
  {
    call: 'unlock',
    expected: 'unlocks by the cas of the lock',
    async run({ items }) {
      await items.upsert('unlock', 1);
      const { cas } = await items.getAndLock('unlock', 15);
      await items.unlock('unlock', cas);
      await items.upsert('unlock', 2);
      await expect(items.unlock('unlock:missing', cas)).rejects.toThrow(DocumentNotFoundError);
    },
  },
  {
    call: 'upsert with durability',
    expected: 'a majority has the item',
    async run({ items, cluster }) {
      await items.upsert('durable', 1, { durabilityLevel: DurabilityLevel.Majority });
      expect(cluster.inspect('durable').filter(({ value }) => value !== undefined)).toHaveLength(2);
      await items.replace('durable', 2, { durabilityLevel: DurabilityLevel.MajorityAndPersistOnMaster });
      await items.remove('durable', { durabilityLevel: DurabilityLevel.PersistToMajority });
    },
  },
  {
    call: 'upsert with durability, where too few nodes run',
    expected: 'DurabilityImpossible',
    run: ({ alone }) =>
      expect(alone.upsert('durable', 1, { durabilityLevel: DurabilityLevel.Majority })).rejects.toThrow(
        DurabilityImpossibleError,
      ),
  },
  {
    call: 'upsert with preserveExpiry',
    expected: 'keeps the expiry',
    async run({ items, clock }) {
      await items.upsert('preserve', 1, { expiry: 2 });
      await items.upsert('preserve', 2, { preserveExpiry: true });
      expect((await items.get('preserve')).content).toBe(2);
      clock.advance(3000);
      await expect(items.get('preserve')).rejects.toThrow(DocumentNotFoundError);
    },
  },
];
