/** The file with the keys of a copy. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type KeyBatch, KeyListWriter, type ListedKey, readKeyList } from '../../src/copy/key-list.ts';

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the list of keys', () => {
  const keys: ListedKey[] = [
    { key: Buffer.from('plain'), exptime: 1_700_000_000, size: 64 },
    { key: Buffer.from('with space, % and %41'), exptime: 0, size: 1 },
    { key: Buffer.from([0, 10, 13, 0x25, 0x7f, 0xff]), exptime: 0, size: 1 },
    { key: Buffer.from('schlüssel'), exptime: 5, size: 3_000_000 },
    { key: Buffer.from('large'), exptime: 5, size: 3_000_000 },
    { key: Buffer.from('last'), exptime: 5, size: 1 },
  ];

  async function batchesOf(path: string, start: number, most: number): Promise<KeyBatch[]> {
    const batches: KeyBatch[] = [];
    for await (const batch of readKeyList(path, start, most)) batches.push(batch);
    return batches;
  }

  test('gives keys of any bytes as they were written', async () => {
    const path = join(scratchFolder(), 'keys');
    const list = new KeyListWriter(path);
    for (const key of keys) list.add(key);
    list.close();
    const batches = await batchesOf(path, 0, 100);
    expect(batches.flatMap((batch) => batch.keys)).toEqual(keys);
    expect([list.keys, list.bytes]).toEqual([6, 6_000_067]);
  });

  test('continues behind any batch, and batches have so many keys and bytes at most', async () => {
    const path = join(scratchFolder(), 'keys');
    const list = new KeyListWriter(path);
    for (const key of keys) list.add(key);
    list.close();
    const batches = await batchesOf(path, 0, 2);
    expect(batches.map((batch) => batch.keys.length)).toEqual([2, 2, 2]);
    expect(await batchesOf(path, batches[0]?.end ?? 0, 2)).toEqual(batches.slice(1));
    // Closed behind 4 MB.
    expect((await batchesOf(path, 0, 100)).map((batch) => batch.keys.length)).toEqual([5, 1]);
  });
});
