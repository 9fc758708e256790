/**
 * Somebody who can write into the cache stores a few kilobytes that unfold to gigabytes, and the process that reads
 * them runs out of memory. Or the value says a length that it does not have, and the memory is taken for nothing.
 */
import * as zlib from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { transcoders } from '../../src/client/index.ts';
import { UndecodableError } from '../../src/core/errors.ts';
import { behindLength, decode } from '../support/foreign-bytes.ts';

const { compressed, dalli, memcacheClient, php, python, spymemcached } = transcoders;

const MB = 1024 * 1024;

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
    ['zlib of PHP that says its length', php, 0x30, behindLength(zeros.length, deflated)],
    ['zlib of PHP that says it is short', php, 0x30, behindLength(5, deflated)],
    ['FastLZ of PHP that says its length', php, 0x50, behindLength(zeros.length, fastlzOf(zeros.length))],
    ['FastLZ of PHP that says it is short', php, 0x50, behindLength(5, fastlzOf(zeros.length))],
    ['zlib of Dalli', dalli, 2, deflated],
    ['gzip of Java', spymemcached, 2, gzipped],
    ['gzip of Java in two parts', spymemcached, 2, twice],
    ['gzip of memcache-client', memcacheClient, 1, gzipped],
    ['gzip of memfleet, where that is the bound', compressed(transcoders.bytes, { maxLength: 64 * MB }), 1, gzipped],
  ] as const)('%s', (_, transcoder, flags, data) => {
    expect(data.length).toBeLessThan(300_000);
    expect(() => decode(transcoder, flags, data)).toThrow(UndecodableError);
  });

  test('and one of a smaller bound, where that was set', () => {
    const small = zlib.deflateSync(Buffer.alloc(1001));
    expect(() => decode(python.with({ maxLength: 1000 }), 8, small)).toThrow(UndecodableError);
    expect(decode(python.with({ maxLength: 1001 }), 8, small)).toEqual(Buffer.alloc(1001));
  });
});

test('a value of a few bytes that says 64 MiB is refused before the memory is taken', () => {
  const data = behindLength(64 * MB, Buffer.from([0x20, 0x61, 0xe0, 0xff, 0xff, 0, 0]));
  const allocate = vi.spyOn(Buffer, 'allocUnsafe');
  expect(() => decode(php, 0x50, data)).toThrow(UndecodableError);
  expect(allocate).not.toHaveBeenCalled();
});

test('what unfolds to just that is read', () => {
  const length = 64 * MB;
  const value = decode(php, 0x50, behindLength(length, fastlzOf(length))) as string;
  expect(value === 'a'.repeat(length)).toBe(true);
});
