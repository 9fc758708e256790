/** Calls of the official SDK for whole items. Each uses keys of its own. */
import {
  CasMismatchError,
  CouchbaseError,
  DocumentExistsError,
  DocumentNotFoundError,
  DurabilityImpossibleError,
  InvalidArgumentError,
  ValueTooLargeError,
} from 'couchbase';
import { expect } from 'vitest';
import type { SdkCall } from './sdk-call.ts';

const mebibyte = 1024 * 1024;

export const itemCalls: readonly SdkCall[] = [
  {
    call: 'upsert',
    expected: 'stores documents, texts and bytes',
    async run({ items }) {
      for (const value of [{ a: [1, null, 'é'] }, 'text é', 17, Buffer.from([0, 1, 255])]) {
        const { cas } = await items.upsert('upsert', value);
        const read = await items.get('upsert');
        expect([read.content, String(read.cas)]).toEqual([value, String(cas)]);
      }
    },
  },
  {
    call: 'get, a missing item',
    expected: 'DocumentNotFound',
    run: ({ items }) => expect(items.get('get:missing')).rejects.toThrow(DocumentNotFoundError),
  },
  {
    call: 'insert',
    expected: 'stores a new item',
    async run({ items }) {
      await items.insert('insert', 1);
      expect((await items.get('insert')).content).toBe(1);
    },
  },
  {
    call: 'insert, an existing item',
    expected: 'DocumentExists',
    async run({ items }) {
      await items.upsert('insert:existing', 1);
      await expect(items.insert('insert:existing', 2)).rejects.toThrow(DocumentExistsError);
    },
  },
  {
    call: 'replace',
    expected: 'stores an existing item',
    async run({ items }) {
      await items.upsert('replace', 1);
      await items.replace('replace', 2);
      expect((await items.get('replace')).content).toBe(2);
    },
  },
  {
    call: 'replace, a missing item',
    expected: 'DocumentNotFound',
    run: ({ items }) => expect(items.replace('replace:missing', 1)).rejects.toThrow(DocumentNotFoundError),
  },
  {
    call: 'replace with cas',
    expected: 'stores an item that did not change',
    async run({ items }) {
      const { cas } = await items.upsert('replace:cas', 1);
      const changed = await items.replace('replace:cas', 2, { cas });
      expect(String(changed.cas)).not.toBe(String(cas));
      expect((await items.get('replace:cas')).content).toBe(2);
    },
  },
  {
    call: 'replace with an old cas',
    expected: 'CasMismatch',
    async run({ items }) {
      const { cas } = await items.upsert('replace:old', 1);
      await items.upsert('replace:old', 2);
      await expect(items.replace('replace:old', 3, { cas })).rejects.toThrow(CasMismatchError);
      expect((await items.get('replace:old')).content).toBe(2);
    },
  },
  {
    call: 'remove',
    expected: 'removes an item',
    async run({ items }) {
      await items.upsert('remove', 1);
      await items.remove('remove');
      await expect(items.get('remove')).rejects.toThrow(DocumentNotFoundError);
    },
  },
  {
    call: 'remove, a missing item',
    expected: 'DocumentNotFound',
    run: ({ items }) => expect(items.remove('remove:missing')).rejects.toThrow(DocumentNotFoundError),
  },
  {
    call: 'exists',
    expected: 'true or false',
    async run({ items }) {
      const { cas } = await items.upsert('exists', 1);
      const found = await items.exists('exists');
      expect([found.exists, String(found.cas)]).toEqual([true, String(cas)]);
      expect((await items.exists('exists:missing')).exists).toBe(false);
    },
  },
  {
    call: 'upsert with expiry',
    expected: 'the item expires',
    async run({ items, clock }) {
      await items.upsert('expiry', 1, { expiry: 2 });
      clock.advance(1000);
      expect((await items.get('expiry')).content).toBe(1);
      clock.advance(2000);
      await expect(items.get('expiry')).rejects.toThrow(DocumentNotFoundError);
    },
  },
  {
    call: 'touch',
    expected: 'gives a new expiry',
    async run({ items, clock }) {
      await items.upsert('touch', 1);
      await items.touch('touch', 2);
      clock.advance(3000);
      await expect(items.get('touch')).rejects.toThrow(DocumentNotFoundError);
      await expect(items.touch('touch:missing', 2)).rejects.toThrow(DocumentNotFoundError);
    },
  },
  {
    call: 'touch 0',
    expected: 'the item never expires',
    async run({ items, clock }) {
      await items.upsert('touch:0', 1, { expiry: 2 });
      await items.touch('touch:0', 0);
      clock.advance(3000);
      expect((await items.get('touch:0')).content).toBe(1);
    },
  },
  {
    call: 'getAndTouch',
    expected: 'reads and gives a new expiry',
    async run({ items, clock }) {
      await items.upsert('gat', 1);
      expect((await items.getAndTouch('gat', 2)).content).toBe(1);
      clock.advance(3000);
      await expect(items.getAndTouch('gat', 2)).rejects.toThrow(DocumentNotFoundError);
    },
  },
  {
    call: 'increment with initial',
    expected: 'makes the counter, then adds',
    async run({ items }) {
      expect((await items.binary().increment('incr:initial', 5, { initial: 10 })).value).toBe(10);
      expect((await items.binary().increment('incr:initial', 5, { initial: 10 })).value).toBe(15);
    },
  },
  {
    call: 'increment, a missing counter',
    expected: 'DocumentNotFound',
    run: ({ items }) => expect(items.binary().increment('incr:missing', 1)).rejects.toThrow(DocumentNotFoundError),
  },
  {
    call: 'decrement with initial',
    expected: 'makes the counter, then subtracts, not below 0',
    async run({ items }) {
      const values = [];
      for (let n = 0; n < 3; n++) values.push((await items.binary().decrement('decr', 5, { initial: 7 })).value);
      expect(values).toEqual([7, 2, 0]);
    },
  },
  {
    call: 'decrement, a missing counter',
    expected: 'DocumentNotFound',
    run: ({ items }) => expect(items.binary().decrement('decr:missing', 1)).rejects.toThrow(DocumentNotFoundError),
  },
  {
    call: 'append',
    expected: 'adds bytes at the end',
    async run({ items }) {
      await items.upsert('append', Buffer.from('a'));
      await items.binary().append('append', 'b');
      expect(String((await items.get('append')).content)).toBe('ab');
    },
  },
  {
    call: 'prepend',
    expected: 'adds bytes in front',
    async run({ items }) {
      await items.upsert('prepend', Buffer.from('b'));
      await items.binary().prepend('prepend', 'a');
      expect(String((await items.get('prepend')).content)).toBe('ab');
    },
  },
  {
    call: 'append, a missing item',
    expected: 'an error',
    run: ({ items }) => expect(items.binary().append('append:missing', 'a')).rejects.toThrow(CouchbaseError),
  },
  {
    call: 'prepend, a missing item',
    expected: 'an error',
    run: ({ items }) => expect(items.binary().prepend('prepend:missing', 'a')).rejects.toThrow(CouchbaseError),
  },
  {
    call: 'getAnyReplica',
    expected: 'a copy',
    async run({ items }) {
      await items.upsert('any', { n: 1 }, { durabilityReplicateTo: 1 });
      expect((await items.getAnyReplica('any')).content).toEqual({ n: 1 });
    },
  },
  {
    call: 'getAllReplicas',
    expected: 'the active copy and its replica',
    async run({ items }) {
      await items.upsert('all', { n: 1 }, { durabilityReplicateTo: 1 });
      const copies = await items.getAllReplicas('all');
      expect(copies.map(({ content }) => content as unknown)).toEqual([{ n: 1 }, { n: 1 }]);
      expect(copies.filter(({ isReplica }) => isReplica)).toHaveLength(1);
    },
  },
  {
    call: 'upsert with persistTo and replicateTo',
    expected: 'waits for the copies',
    async run({ items, cluster }) {
      await items.upsert('persisted', 1, { durabilityPersistTo: 1, durabilityReplicateTo: 1 });
      expect(cluster.inspect('persisted').filter(({ value }) => value !== undefined)).toHaveLength(2);
    },
  },
  {
    call: 'upsert, replicateTo more nodes than there are',
    expected: 'DurabilityImpossible',
    run: ({ alone }) =>
      expect(alone.upsert('replicated', 1, { durabilityReplicateTo: 2 })).rejects.toThrow(DurabilityImpossibleError),
  },
  {
    call: 'upsert, 20 MiB',
    expected: 'stores the largest value',
    async run({ items, cluster }) {
      const value = Buffer.alloc(20 * mebibyte, 'x');
      await items.upsert('large', value);
      // The SDK takes seconds to read it.
      expect(cluster.inspect('large')[0]?.value?.length).toBe(value.length);
      await items.remove('large');
    },
  },
  {
    call: 'upsert, a byte more than 20 MiB',
    expected: 'ValueTooLarge',
    run: ({ items }) => expect(items.upsert('larger', noise(20 * mebibyte + 1))).rejects.toThrow(ValueTooLargeError),
  },
  {
    call: 'upsert, 1 MiB of text',
    expected: 'reads what it wrote, compressed or not',
    async run({ items }) {
      const value = 'compressible '.repeat(mebibyte / 13);
      await items.upsert('text', value);
      expect((await items.get('text')).content).toBe(value);
    },
  },
  {
    call: 'upsert, a key of 246 bytes',
    expected: 'stores the longest key of a collection',
    async run({ items }) {
      await items.upsert('k'.repeat(246), 1);
      expect((await items.get('k'.repeat(246))).content).toBe(1);
    },
  },
  {
    call: 'upsert, a key of 251 bytes',
    expected: 'an error',
    run: ({ items }) => expect(items.upsert('k'.repeat(251), 1)).rejects.toThrow(CouchbaseError),
  },
  {
    call: 'get, an empty key',
    expected: 'an error',
    run: ({ items }) => expect(items.get('')).rejects.toThrow(InvalidArgumentError),
  },
  {
    call: 'upsert × 3000 at once',
    expected: 'stores all',
    async run({ items }) {
      const results = await Promise.all(Array.from({ length: 3000 }, (_, n) => items.upsert(`many:${n}`, n)));
      expect(results).toHaveLength(3000);
    },
  },
  {
    call: 'get × 3000 at once',
    expected: 'reads all',
    async run({ items }) {
      const results = await Promise.all(Array.from({ length: 3000 }, (_, n) => items.get(`many:${n}`)));
      expect(results.map(({ content }) => content as unknown)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
    },
  },
];

/** Bytes that no compression makes fewer. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
