import { describe, expect, onTestFinished, test } from 'vitest';
import { createMigration, type Migration } from '../../src/client/index.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';
import type { MigrationPhase } from '../../src/policy/migration.ts';
import { testClient } from '../couchbase/support/fake-cluster.ts';
import { startNode } from '../support/harness.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';

interface Move {
  readonly migration: Migration;
  readonly old: ReturnType<typeof testClient>;
  readonly next: ReturnType<typeof testClient>;
  readonly oldNode: ScriptedNode;
  readonly newNode: ScriptedNode;
}

async function started(phase?: MigrationPhase): Promise<Move> {
  const [oldNode, newNode] = [await startNode(), await startNode()];
  const fast = { timeout: 3000, connectTimeout: 2000, retry: false } as const;
  const migration = createMigration({
    from: { nodes: oldNode.address, ...fast },
    to: { nodes: newNode.address, ...fast },
    phase,
  });
  onTestFinished(() => migration.client.destroy());
  return {
    migration,
    old: testClient({ nodes: oldNode.address, ...fast }),
    next: testClient({ nodes: newNode.address, ...fast }),
    oldNode,
    newNode,
  };
}

/** What both fleets hold of a key. */
async function both({ old, next }: Move, key: string): Promise<[old: unknown, next: unknown]> {
  return [await old.get(key), await next.get(key)];
}

describe('a migration', () => {
  test('begins with the old fleet alone', async () => {
    const move = await started();
    await move.migration.client.set('k', 1);
    expect(await both(move, 'k')).toEqual([1, undefined]);
    expect(await move.migration.client.get('k')).toBe(1);
    expect(move.migration.phase).toBe('old');
  });

  test('ends with the new fleet alone', async () => {
    const move = await started('new');
    await move.old.set('k', 1);
    expect(await move.migration.client.get('k')).toBeUndefined();
    await move.migration.client.set('k', 2);
    expect(await both(move, 'k')).toEqual([1, 2]);
  });

  test('is switched while it is used', async () => {
    const move = await started();
    const { migration } = move;
    await migration.client.set('k', 1);
    migration.phase = 'write-both';
    await migration.client.set('k', 2);
    await expect.poll(() => both(move, 'k')).toEqual([2, 2]);
    migration.phase = 'read-new';
    expect(await migration.client.get('k')).toBe(2);
    migration.phase = 'new';
    await migration.client.set('k', 3);
    migration.phase = 'old';
    expect(await migration.client.get('k')).toBe(2);
  });

  test('closing it closes both fleets', async () => {
    const { migration, oldNode, newNode } = await started('write-both');
    await migration.client.set('k', 1);
    await migration.client.close();
    await oldNode.until(() => oldNode.open === 0);
    await newNode.until(() => newNode.open === 0);
    await expect(migration.client.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test.each([
    [{ from: { nodes: 'a', ttl: 5 } as object, to: 'b' }, /unknown option "from.ttl"/],
    [{ from: 'a', to: { nodez: 'b' } as object }, /unknown option "nodez"/],
    [
      { from: 'a', to: 'b', phase: 'half' as MigrationPhase },
      /phase is one of old, write-both, read-new, new, not half/,
    ],
  ])('%j is refused', (options, message) => {
    expect(() => createMigration(options)).toThrow(InvalidOptionError);
    expect(() => createMigration(options)).toThrow(message);
  });

  test('an unknown phase is refused while it runs', async () => {
    const { migration } = await started();
    expect(() => (migration.phase = 'half' as MigrationPhase)).toThrow(InvalidOptionError);
    expect(migration.phase).toBe('old');
  });
});

describe('in phase write-both', () => {
  test('reads come from the old fleet, writes go to both', async () => {
    const move = await started('write-both');
    const { client } = move.migration;
    await move.next.set('k', 'new');
    expect(await client.get('k')).toBeUndefined();
    expect(await client.add('k', 'added', 100)).toBe(true);
    await expect.poll(() => both(move, 'k')).toEqual(['added', 'added']);
    expect(await client.add('k', 'again')).toBe(false);
    const { cas } = (await client.getWithCas('k'))!;
    expect(await client.cas('k', 'changed', cas)).toBe('stored');
    await expect.poll(() => both(move, 'k')).toEqual(['changed', 'changed']);
    expect(move.migration.stats()).toMatchObject({ phase: 'write-both', mirrored: 2, mirrorFailures: 0 });
  });

  test('a delete is over when both are', async () => {
    const move = await started('write-both');
    await move.next.set('k', 1);
    expect(await move.migration.client.delete('k')).toBe(true);
    expect(await both(move, 'k')).toEqual([undefined, undefined]);
    expect(await move.migration.client.delete('k')).toBe(false);
  });

  test('a new fleet that fails is counted, not told', async () => {
    const { migration, newNode } = await started('write-both');
    await newNode.down();
    expect(await migration.client.set('k', 1)).toBe(true);
    expect(await migration.client.get('k')).toBe(1);
    await expect.poll(() => migration.stats().mirrorFailures).toBe(1);
  });
});

describe('in phase read-new', () => {
  test('a get with the cas of an item goes to the new fleet alone', async () => {
    const move = await started('read-new');
    await move.old.set('k', 1);
    const { cas } = (await move.old.getWithCas('k'))!;
    expect(await move.migration.client.meta(`mg k v C${cas}`)).toMatchObject({ status: 'miss' });
  });

  test('what the new fleet misses comes from the old one', async () => {
    const move = await started('read-new');
    const { client } = move.migration;
    await move.old.set('only old', 1);
    await move.old.set('both', 'old');
    await move.next.set('both', 'new');
    expect(await client.get('only old')).toBe(1);
    expect(await client.get('both')).toBe('new');
    expect(await client.get('none')).toBeUndefined();
    expect(await client.getMany(['only old', 'both', 'none'])).toEqual(
      new Map<string, unknown>([
        ['both', 'new'],
        ['only old', 1],
      ]),
    );
    expect(move.migration.stats()).toMatchObject({ newHits: 2, oldHits: 2, misses: 2 });
  });

  test('so does what the new fleet cannot give', async () => {
    const { migration, old, newNode } = await started('read-new');
    await old.set('k', 1);
    await newNode.down();
    expect(await migration.client.get('k')).toBe(1);
    expect(await migration.client.getMany(['k', 'none'])).toEqual(new Map([['k', 1]]));
  });

  test('when both cannot, the keys are told', async () => {
    const { migration, oldNode, newNode } = await started('read-new');
    await oldNode.down();
    await newNode.down();
    await expect(migration.client.get('k')).rejects.toMatchObject({ code: 'ERR_CONNECT' });
    await expect(migration.client.getMany(['k'])).rejects.toMatchObject({ code: 'ERR_PARTIAL_RESULT' });
  });

  test('writes go to the new fleet, then to the old one', async () => {
    const move = await started('read-new');
    const bytes = Buffer.from('abc');
    await move.migration.client.set('k', bytes);
    bytes.fill(0);
    await expect.poll(() => both(move, 'k')).toEqual([Buffer.from('abc'), Buffer.from('abc')]);
  });

  test('what counts or appends is done where the value is, and read from there', async () => {
    const move = await started('read-new');
    const { client } = move.migration;
    await move.old.set('n', 10);
    expect(await client.incr('n')).toBe(11);
    expect(await client.get('n')).toBe(11);
    await client.set('text', 'a');
    await expect.poll(() => both(move, 'text')).toEqual(['a', 'a']);
    await client.append('text', 'b');
    await expect.poll(() => both(move, 'text')).toEqual(['ab', undefined]);
    expect(await client.get('text')).toBe('ab');
  });

  test('a deleted key is gone from both before the call is over', async () => {
    const move = await started('read-new');
    await move.old.set('k', 1);
    expect(await move.migration.client.delete('k')).toBe(true);
    expect(await move.migration.client.get('k')).toBeUndefined();
  });

  test('touching reaches both', async () => {
    const move = await started('read-new');
    await move.old.set('k', 1);
    expect(await move.migration.client.touch('k', 100)).toBe(true);
    expect(await move.migration.client.getAndTouch('k', 100)).toBe(1);
    expect(await move.migration.client.touch('none', 100)).toBe(false);
  });

  test('a flush empties both', async () => {
    const move = await started('read-new');
    await move.migration.client.set('k', 1);
    await move.migration.client.flush();
    expect(await both(move, 'k')).toEqual([undefined, undefined]);
  });

  test('a cas comes from the new fleet alone', async () => {
    const move = await started('read-new');
    await move.old.set('k', 1);
    expect(await move.migration.client.getWithCas('k')).toBeUndefined();
    await move.migration.client.set('k', 2);
    const { cas } = (await move.migration.client.getWithCas('k'))!;
    expect(await move.migration.client.delete('k', { cas })).toBe(true);
    await expect.poll(() => both(move, 'k')).toEqual([undefined, undefined]);
  });
});
