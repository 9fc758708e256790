/** Files with items: what is written is read, whatever the pieces, and no fault of a file is read as an item. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { readSnapshot, SnapshotDecoder, SnapshotError, type SnapshotItem, writeSnapshot } from 'memfleet/snapshot';
import { describe, expect, it } from 'vitest';

function item(key: string, value: string | Uint8Array = 'value', given: Partial<SnapshotItem> = {}): SnapshotItem {
  const defaults = { flags: 0, exptime: 0, cas: 0n, isBase64: false };
  return { key: Buffer.from(key), value: Buffer.from(value as string), ...defaults, ...given };
}

async function encoded(items: Iterable<SnapshotItem>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeSnapshot(items, 1_700_000_000)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function* piecesOf(file: Uint8Array, length: number): Iterable<Uint8Array> {
  for (let at = 0; at < file.length; at += length) yield file.subarray(at, at + length);
}

/** What a file gives: its items, then the error, if there is one. */
async function decoded(
  file: Uint8Array,
  length: number = file.length,
): Promise<{ items: SnapshotItem[]; error: SnapshotError | undefined }> {
  const items: SnapshotItem[] = [];
  try {
    for await (const some of readSnapshot(piecesOf(file, length))) items.push(...some);
    return { items, error: undefined };
  } catch (error) {
    expect(error).toBeInstanceOf(SnapshotError);
    return { items, error: error as SnapshotError };
  }
}

const many = Array.from({ length: 3000 }, (_, n) => item(`key:${n}`, 'v'.repeat(n % 90)));

describe('a snapshot', () => {
  it('gives every item with its flags, expiry, cas and mark, in any pieces', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 250 });
    const anyItem: fc.Arbitrary<SnapshotItem> = fc.record({
      key: bytes,
      value: fc.uint8Array({ maxLength: 300 }),
      flags: fc.nat(0xffff_ffff),
      exptime: fc.oneof(fc.constant(0), fc.nat(2 ** 40)),
      cas: fc.bigInt(0n, 2n ** 64n - 1n),
      isBase64: fc.boolean(),
    });
    const property = fc.asyncProperty(fc.array(anyItem), fc.integer({ min: 1, max: 5000 }), async (items, length) => {
      const { items: read, error } = await decoded(await encoded(items), length);
      expect(error).toBeUndefined();
      const plain = read.map((one) => ({ ...one, key: new Uint8Array(one.key), value: new Uint8Array(one.value) }));
      expect(plain).toEqual(items);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('holds values larger than a block, beside small ones', async () => {
    const items = [item('a'), item('large', Buffer.alloc(300_000, 7)), item('b')];
    const { items: read } = await decoded(await encoded(items), 10_000);
    expect(read.map(({ key, value }) => [String(key), value.length])).toEqual([
      ['a', 5],
      ['large', 300_000],
      ['b', 5],
    ]);
  });

  it('says when and by whom it was written', async () => {
    const decoder = new SnapshotDecoder();
    decoder.push(await encoded([]));
    decoder.end();
    expect(decoder.header).toEqual({ created: 1_700_000_000, creator: expect.stringMatching(/^memfleet \d/) });
  });

  it('refuses items that memcached could not hold', async () => {
    await expect(encoded([item('')])).rejects.toThrow('a key in a snapshot has 1 to 250 bytes, not 0');
    await expect(encoded([item('k'.repeat(251))])).rejects.toThrow('1 to 250 bytes, not 251');
  });
});

describe('a file with a fault', () => {
  it('that is truncated anywhere gives the items of the whole blocks before', async () => {
    const file = await encoded(many);
    const all = (await decoded(file)).items.length;
    expect(all).toBe(3000);
    for (const length of [0, 5, 8, 12, 40, 1000, 70_000, file.length - 18, file.length - 1]) {
      const { items, error } = await decoded(file.subarray(0, length), 4096);
      expect([length, error?.fault]).toEqual([length, 'truncated']);
      expect(error?.items).toBe(items.length);
      expect(items.map(({ key }) => String(key))).toEqual(many.slice(0, items.length).map(({ key }) => String(key)));
    }
  });

  it('that was damaged in any byte gives only right items', async () => {
    const file = await encoded([item('a', 'x'.repeat(70_000)), item('b'), item('c', 'value', { isBase64: true })]);
    const places = fc.nat(file.length - 1);
    const property = fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (place, change) => {
      const damaged = Buffer.from(file);
      damaged[place] = (damaged[place] as number) ^ change;
      const { items, error } = await decoded(damaged, 30_000);
      expect(error).toBeDefined();
      expect(items.map(({ key }) => String(key))).toEqual(['a', 'b', 'c'].slice(0, items.length));
      expect(items.length).toBe(error?.items);
    });
    await fc.assert(property, {
      numRuns: 300,
      examples: [
        [0, 1],
        [7, 1],
        [8, 3],
        [9, 255],
        [file.length - 1, 1],
      ],
    });
  });

  it('names the place and what was right before it', async () => {
    const file = await encoded([item('a', 'x'.repeat(70_000)), item('b')]);
    const place = file.length - 25;
    file[place] = (file[place] as number) ^ 1;
    const { error } = await decoded(file, 1000);
    expect(error).toMatchObject({ code: 'ERR_SNAPSHOT', fault: 'damaged', items: 1 });
    expect(error?.message).toMatch(/^the snapshot is damaged after byte 70\d\d\d; intact items before it: 1$/);
  });

  it('of another kind, or of a later version, is called so', async () => {
    expect((await decoded(Buffer.from('#!/bin/sh\necho'))).error?.fault).toBe('foreign');
    expect((await decoded(Buffer.from('x'))).error?.fault).toBe('foreign');
    const later = await encoded([]);
    later[7] = 2;
    const { error } = await decoded(later);
    expect([error?.fault, error?.message]).toEqual([
      'version',
      'the snapshot has format version 2; this release reads version 1',
    ]);
  });

  it('with bytes behind its end, or with two headers, is damaged', async () => {
    const file = await encoded([item('a')]);
    expect((await decoded(Buffer.concat([file, Buffer.from([0])]))).error?.fault).toBe('damaged');
    const header = file.subarray(8, 8 + 9 + file.readUInt32BE(9));
    const twice = Buffer.concat([file.subarray(0, 8), header, file.subarray(8)]);
    expect((await decoded(twice)).error?.fault).toBe('damaged');
  });

  it('that claims a block of 4 GB is refused before its bytes come', () => {
    const head = Buffer.from([1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    head.writeUInt32BE(crc32(head.subarray(0, 5)), 5);
    const decoder = new SnapshotDecoder();
    const file = Buffer.concat([Buffer.from([0x89, 0x4d, 0x46, 0x53, 0x0d, 0x0a, 0, 1]), head]);
    expect(() => decoder.push(file)).toThrow('the snapshot is damaged after byte 8; intact items before it: 0');
  });
});
