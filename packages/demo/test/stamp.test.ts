import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStamp, stampValue } from '../src/stamp.ts';

test('a value says its key and version, and has the size that was asked for', () => {
  for (const size of [50, 64, 1000, 131_072, 200_000, 400_000]) {
    const value = stampValue('shop:ab12cd:cart:17', 3, size);
    expect(value.length).toBe(size);
    expect(readStamp(value)).toEqual({ key: 'shop:ab12cd:cart:17', version: 3 });
  }
});

test('a size too small for the head gives the head alone', () => {
  expect(readStamp(stampValue('key', 1, 1))).toEqual({ key: 'key', version: 1 });
});

test('one changed byte anywhere is noticed', () => {
  const value = stampValue('shop:fragment:1', 12, 300);
  const change = fc.record({ at: fc.nat(value.length - 1), by: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(change, ({ at, by }) => {
      const changed = Buffer.from(value);
      changed[at]! ^= by;
      expect(typeof readStamp(changed)).toBe('string');
    }),
  );
});

test('a value that is cut short, or has bytes too many, is noticed', () => {
  const value = stampValue('shop:fragment:1', 12, 5000);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4999 }), (length) => {
      expect(typeof readStamp(value.subarray(0, length))).toBe('string');
    }),
  );
  expect(typeof readStamp(Buffer.concat([value, Buffer.from('\r\n')]))).toBe('string');
});

test('bytes that are none of ours are named', () => {
  expect(readStamp(Buffer.from('hello'))).toBe('is not one of ours: 5 bytes, beginning "hello"');
});
