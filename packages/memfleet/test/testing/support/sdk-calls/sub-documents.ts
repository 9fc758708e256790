/** Calls of the official SDK for parts of documents, and the data structures that it makes of them. */
import {
  DocumentNotFoundError,
  LookupInMacro,
  LookupInSpec,
  MutateInSpec,
  PathExistsError,
  PathNotFoundError,
} from 'couchbase';
import { expect } from 'vitest';
import type { SdkCall } from './sdk-call.ts';

export const subDocumentCalls: readonly SdkCall[] = [
  {
    call: 'lookupIn',
    expected: 'values in the order of the paths, an error for each that is missing',
    async run({ items }) {
      await items.upsert('lookup', { a: { b: [1, 'two', { c: true }] }, 'd.e': null });
      const paths = ['a.b[1]', 'a.b[-1].c', '`d.e`'].map((path) => LookupInSpec.get(path));
      const specs = [...paths, LookupInSpec.count('a.b'), LookupInSpec.exists('a.x'), LookupInSpec.get('a.x')];
      const { content } = await items.lookupIn('lookup', specs);
      expect(content.slice(0, 5).map(({ value }) => value as unknown)).toEqual(['two', true, null, 3, false]);
      expect(content[5]?.error).toBeInstanceOf(PathNotFoundError);
      await expect(items.lookupIn('lookup:missing', [LookupInSpec.get('a')])).rejects.toThrow(DocumentNotFoundError);
    },
  },
  {
    call: 'mutateIn',
    expected: 'changes all paths, or none',
    async run({ items }) {
      await items.upsert('mutate', { n: 1, list: ['b'], gone: 1, big: 1 });
      const { content } = await items.mutateIn('mutate', [
        MutateInSpec.upsert('new.path', 'x', { createPath: true }),
        MutateInSpec.increment('n', 4),
        MutateInSpec.arrayAppend('list', 'c'),
        MutateInSpec.arrayPrepend('list', 'a'),
        MutateInSpec.arrayAddUnique('list', 'd'),
        MutateInSpec.remove('gone'),
        MutateInSpec.replace('big', { deep: [] }),
      ]);
      expect(content[1]?.value).toBe(5);
      const changed = { n: 5, list: ['a', 'b', 'c', 'd'], big: { deep: [] }, new: { path: 'x' } };
      expect((await items.get('mutate')).content).toEqual(changed);
      const failing = [MutateInSpec.upsert('n', 0), MutateInSpec.insert('n', 1)];
      await expect(items.mutateIn('mutate', failing)).rejects.toThrow(PathExistsError);
      expect((await items.get('mutate')).content).toEqual(changed);
    },
  },
  {
    call: 'get with withExpiry',
    expected: 'the time at which the item expires',
    async run({ items }) {
      await items.upsert('with:expiry', { a: 1 }, { expiry: 1000 });
      const { content, expiryTime } = await items.get('with:expiry', { withExpiry: true });
      expect(content).toEqual({ a: 1 });
      expect(expiryTime).toBeGreaterThan(0);
      await items.upsert('with:expiry', { a: 1 });
      expect((await items.get('with:expiry', { withExpiry: true })).expiryTime ?? 0).toBe(0);
    },
  },
  {
    call: 'get with project',
    expected: 'the paths that were asked for',
    async run({ items }) {
      await items.upsert('project', { a: { b: 1, c: 2 }, d: 3, e: 4 });
      expect((await items.get('project', { project: ['a.b', 'd', 'x'] })).content).toEqual({ a: { b: 1 }, d: 3 });
    },
  },
  {
    call: 'lookupInAnyReplica',
    expected: 'parts of a copy',
    async run({ items }) {
      await items.upsert('lookup:any', { a: 1 }, { durabilityReplicateTo: 1 });
      const { content } = await items.lookupInAnyReplica('lookup:any', [LookupInSpec.get('a')]);
      expect(content[0]?.value).toBe(1);
    },
  },
  {
    call: 'lookupInAllReplicas',
    expected: 'parts of the active copy and its replica',
    async run({ items }) {
      await items.upsert('lookup:all', { a: 1 }, { durabilityReplicateTo: 1 });
      const copies = await items.lookupInAllReplicas('lookup:all', [LookupInSpec.get('a')]);
      expect(copies.map(({ content }) => content[0]?.value as unknown)).toEqual([1, 1]);
      expect(copies.filter(({ isReplica }) => isReplica)).toHaveLength(1);
    },
  },
  {
    call: 'lookupIn, $document',
    expected: 'what the server knows of the item',
    async run({ items }) {
      const { cas } = await items.upsert('macro', { a: 1 }, { expiry: 1000 });
      const { content } = await items.lookupIn('macro', [
        LookupInSpec.get(LookupInMacro.Cas, { xattr: true }),
        LookupInSpec.get(LookupInMacro.ValueSizeBytes, { xattr: true }),
        LookupInSpec.get(LookupInMacro.IsDeleted, { xattr: true }),
      ]);
      expect(BigInt(content[0]?.value as string)).toBe(BigInt(String(cas)));
      expect(content.slice(1).map(({ value }) => value as unknown)).toEqual([7, false]);
    },
  },
  {
    call: 'list()',
    expected: 'a list in a document',
    async run({ items }) {
      const list = items.list('list');
      await list.push('b');
      await list.unshift('a');
      await list.push('c');
      await list.removeAt(1);
      expect([await list.getAll(), await list.size(), await list.getAt(1)]).toEqual([['a', 'c'], 2, 'c']);
    },
  },
  {
    call: 'map()',
    expected: 'a map in a document',
    async run({ items }) {
      const map = items.map('map');
      await map.set('a', 1);
      await map.set('b', 2);
      await map.remove('a');
      expect([await map.keys(), await map.get('b'), await map.exists('a')]).toEqual([['b'], 2, false]);
    },
  },
];
