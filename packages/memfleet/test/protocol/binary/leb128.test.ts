import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leb128Text, readLeb128 } from '../../../src/protocol/binary/leb128.ts';

function hex(id: number): string {
  return Buffer.from(leb128Text(id), 'latin1').toString('hex');
}

test('ids of collections are spelled as in the documents of Couchbase', () => {
  expect([0, 1, 127, 128, 555, 0x7fff, 0xbfff, 0xffff, 0x8000, 0xffffffff].map(hex)).toEqual([
    '00',
    '01',
    '7f',
    '8001',
    'ab04',
    'ffff01',
    'ffff02',
    'ffff03',
    '808002',
    'ffffffff0f',
  ]);
});

test('every id of 32 bits is read as it was written, whatever follows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.string(), (id, rest) => {
      const text = leb128Text(id);
      expect(readLeb128(text + rest)).toEqual({ id, end: text.length });
    }),
  );
});

test('of any bytes, an id is read only as it would be written', () => {
  const bytes = fc.uint8Array({ maxLength: 8 }).map((array) => Buffer.from(array).toString('latin1'));
  fc.assert(
    fc.property(bytes, (text) => {
      const found = readLeb128(text);
      if (found !== undefined) expect(leb128Text(found.id)).toBe(text.slice(0, found.end));
    }),
    { numRuns: 2000 },
  );
});

test('an id that has no end, is longer than needed or exceeds 32 bits is none', () => {
  for (const text of ['', '\x80', '\xff\xff', '\x80\0', '\x81\0', '\xff\xff\xff\xff\x1f', '\x80\x80\x80\x80\x80\x01'])
    expect(readLeb128(text)).toBeUndefined();
});
