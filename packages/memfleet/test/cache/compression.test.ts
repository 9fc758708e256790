/** Large values are compressed, and read back whichever algorithm wrote them. */
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressing } from '../../src/cache/compression.ts';
import { EntryTranscoder } from '../../src/cache/entry-transcoder.ts';
import { Undecodable } from '../../src/cache/entry.ts';
import { RawValue } from '../../src/client/transcoder.ts';
import { auto, compressed } from '../../src/client/transcoders.ts';
import { InvalidOptionError, UndecodableError } from '../../src/core/errors.ts';
import { stored } from '../support/stored-values.ts';

const hasZstd = 'zstdCompressSync' in zlib;
const algorithms = (['gzip', 'brotli', ...(hasZstd ? ['zstd' as const] : [])] as const).map((name) => [name] as const);
const options = { above: 100, algorithm: 'gzip' as const, maxLength: 1_000_000 };
const long = { text: 'abc'.repeat(1000), list: [1, 2, 3] };

describe.each(algorithms)('%s', (algorithm) => {
  const coder = compressing(auto, { ...options, algorithm });

  test('makes a large value smaller, and marks it', () => {
    const { data, flags } = coder.encode(long);
    expect(data.length).toBeLessThan(200);
    expect(flags).toBe(3);
    expect(coder.decode(stored({ data, flags }))).toEqual(long);
  });

  test('is read by a cache that writes another algorithm', () => {
    for (const [other] of algorithms)
      expect(compressing(auto, { ...options, algorithm: other }).decode(stored(coder.encode(long)))).toEqual(long);
  });

  test('leaves small values, and values that would not get smaller, as they are', () => {
    for (const value of ['short', Buffer.from(Array.from({ length: 500 }, (_, n) => (n * n * 7919) % 251))]) {
      const encoded = coder.encode(value);
      if (encoded.flags % 2 === 0) expect(encoded).toEqual(auto.encode(value));
      expect(coder.decode(stored(encoded))).toEqual(value);
    }
    expect(coder.encode('short')).toEqual(auto.encode('short'));
  });

  test('refuses to unpack more than the bound', () => {
    const encoded = compressing(auto, { ...options, algorithm }).encode('a'.repeat(10_000));
    const bounded = compressing(auto, { ...options, algorithm, maxLength: 9999 });
    expect(() => bounded.decode(stored(encoded))).toThrow(UndecodableError);
  });

  test('gives back every value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.nat(40), (text, times) => {
        const value = text.repeat(times);
        expect(coder.decode(stored(coder.encode(value)))).toBe(value);
      }),
    );
  });

  test('never throws for damaged bytes in a cache: they are a miss, or what the transcoder makes of them', () => {
    const entries = new EntryTranscoder({ transcoder: coder, emptyIsStub: true });
    const { data, flags } = coder.encode(long);
    fc.assert(
      fc.property(fc.nat(data.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
        const other = Buffer.from(data as Uint8Array);
        other[at] = byte;
        entries.decode(stored({ data: isCut ? other.subarray(0, at) : other, flags }));
      }),
    );
    const cut = Buffer.from(data as Uint8Array).subarray(0, data.length >> 1);
    expect(entries.decode(stored({ data: cut, flags }))).toBeInstanceOf(Undecodable);
  });
});

test('what transcoders.compressed wrote is read', () => {
  const encoded = compressed(auto, { threshold: 10 }).encode(long);
  expect(compressing(auto, options).decode(stored(encoded))).toEqual(long);
});

test('what gzip compressed is read by transcoders.compressed', () => {
  expect(compressed(auto).decode(stored(compressing(auto, options).encode(long)))).toEqual(long);
});

test('over a transcoder that compresses itself, values come back', () => {
  const coder = compressing(compressed(auto, { threshold: 10 }), options);
  expect(coder.decode(stored(coder.encode(long)))).toEqual(long);
});

test('a value of another client with the same bit is not touched', () => {
  const value = stored({ data: Buffer.from('pickle'), flags: 1 });
  expect(compressing(auto, options).decode(value)).toEqual(new RawValue(Buffer.from('pickle'), 1));
});

test('an algorithm that the runtime lacks is refused at once', () => {
  const make = (): unknown => compressing(auto, { ...options, algorithm: 'zstd' });
  if (hasZstd) expect(make()).toBeDefined();
  else expect(make).toThrow(InvalidOptionError);
});
