/**
 * Somebody who can write into the cache stores a few kilobytes that unfold to gigabytes, and the process that reads
 * them runs out of memory. Or the value says a length that it does not have, and the memory is taken for nothing.
 */
import * as zlib from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { type StoredValue, transcoders } from '../../src/client/index.ts';
import { UndecodableError } from '../../src/core/errors.ts';

const { compressed, dalli, memcacheClient, php, python, spymemcached } = transcoders;

const MB = 1024 * 1024;

function stored(data: Buffer, flags: number): StoredValue {
  return {
    flags,
    length: data.length,
    bytes: () => data,
    utf8: () => String(data),
    text: () => data.toString('latin1'),
  };
}

/** As PHP writes it in front of what is compressed. */
function saying(length: number, packed: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length);
  return Buffer.concat([head, packed]);
}

/** `length` times a, in FastLZ of level 2. */
function fastlzOf(length: number): Buffer {
  const rest = length - 1 - 9;
  const run = Buffer.alloc(Math.floor(rest / 255), 0xff);
  return Buffer.concat([Buffer.from([0x20, 0x61, 0xe0]), run, Buffer.from([rest % 255, 0])]);
}

const zeros = Buffer.alloc(65 * MB);
const deflated = zlib.deflateSync(zeros);
const gzipped = zlib.gzipSync(zeros);
const twice = Buffer.concat([zlib.gzipSync(Buffer.alloc(40 * MB)), zlib.gzipSync(Buffer.alloc(40 * MB))]);

describe('a value that unfolds to more than 64 MiB is an UndecodableError', () => {
  test.each([
    ['zlib of Python', python, 24, deflated],
    ['zlib of PHP that says its length', php, 0x30, saying(zeros.length, deflated)],
    ['zlib of PHP that says it is short', php, 0x30, saying(5, deflated)],
    ['FastLZ of PHP that says its length', php, 0x50, saying(zeros.length, fastlzOf(zeros.length))],
    ['FastLZ of PHP that says it is short', php, 0x50, saying(5, fastlzOf(zeros.length))],
    ['zlib of Dalli', dalli, 2, deflated],
    ['gzip of Java', spymemcached, 2, gzipped],
    ['gzip of Java in two parts', spymemcached, 2, twice],
    ['gzip of memcache-client', memcacheClient, 1, gzipped],
    ['gzip of memfleet, where that is the bound', compressed(transcoders.bytes, { maxLength: 64 * MB }), 1, gzipped],
  ] as const)('%s', (_, transcoder, flags, data) => {
    expect(data.length).toBeLessThan(300_000);
    expect(() => transcoder.decode(stored(data, flags))).toThrow(UndecodableError);
  });

  test('and one of a smaller bound, where that was set', () => {
    const small = zlib.deflateSync(Buffer.alloc(1001));
    expect(() => python.with({ maxLength: 1000 }).decode(stored(small, 8))).toThrow(UndecodableError);
    expect(python.with({ maxLength: 1001 }).decode(stored(small, 8))).toEqual(Buffer.alloc(1001));
  });
});

test('a value of a few bytes that says 64 MiB is refused before the memory is taken', () => {
  const data = saying(64 * MB, Buffer.from([0x20, 0x61, 0xe0, 0xff, 0xff, 0, 0]));
  const allocate = vi.spyOn(Buffer, 'allocUnsafe');
  expect(() => php.decode(stored(data, 0x50))).toThrow(UndecodableError);
  expect(allocate).not.toHaveBeenCalled();
});

test('what unfolds to just that is read', () => {
  const length = 64 * MB;
  const value = php.decode(stored(saying(length, fastlzOf(length)), 0x50)) as string;
  expect(value === 'a'.repeat(length)).toBe(true);
});
