/** `transcoders.compressed`: values that another transcoder wrote, in gzip where that is shorter. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { RawValue, transcoders } from '../../src/client/index.ts';
import { ProtocolError } from '../../src/core/errors.ts';
import { roundTrip, stored } from '../support/stored-values.ts';

const { auto, compressed } = transcoders;

describe('compressed', () => {
  const transcoder = compressed(auto);

  test('a large value is packed when it gets smaller by it, and comes back', () => {
    const value = { list: Array.from({ length: 1000 }, (_, i) => `entry ${i} é`) };
    const encoded = transcoder.encode(value);
    expect(encoded.flags).toBe(3);
    expect(encoded.data.length).toBeLessThan(JSON.stringify(value).length / 2);
    expect(roundTrip(transcoder, value)).toEqual(value);
    for (const other of ['text '.repeat(1000), Buffer.alloc(5000, 'bytes')])
      expect(roundTrip(transcoder, other)).toEqual(other);
  });

  test('what is below the threshold, or gets no smaller, stays as it is', () => {
    const random = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 2_654_435_761) >>> 24));
    expect(transcoder.encode('x'.repeat(2047)).flags).toBe(0);
    expect(transcoder.encode('x'.repeat(2048)).flags).toBe(1);
    expect(compressed(auto, { threshold: 10 }).encode('x'.repeat(100)).flags).toBe(1);
    expect([4, 5]).toContain(transcoder.encode(random).flags);
    expect(roundTrip(transcoder, random)).toEqual(random);
  });

  test('what was stored without it can be read', () => {
    expect(transcoder.decode(stored(auto.encode({ a: 1 })))).toEqual({ a: 1 });
  });

  test('the bit of gzip on what is no gzip is somebody else’s flag', () => {
    const value = transcoder.decode(stored({ data: '\u0080\u0004K\u0005.', flags: 1 }));
    expect(value).toBeInstanceOf(RawValue);
    expect(value).toMatchObject({ flags: 1 });
  });

  test('a RawValue has the bytes and flags that are stored, and is stored as it was', () => {
    const pickled = new RawValue(Buffer.alloc(5000, 'pickled'), 1);
    expect(transcoder.encode(pickled)).toEqual({ data: pickled.bytes, flags: 1 });
    expect(roundTrip(transcoder, pickled)).toEqual(pickled);
    for (const flags of [65, 3]) {
      const packed = new RawValue(gzipSync('no JSON '.repeat(1000)), flags);
      expect(transcoder.decode(stored({ data: packed.bytes, flags }))).toEqual(packed);
      expect(roundTrip(transcoder, packed)).toEqual(packed);
    }
  });

  test('gzip that is broken or unfolds beyond the bound is an error', () => {
    const packed = gzipSync(Buffer.alloc(100_000));
    expect(() => transcoder.decode(stored({ data: packed.subarray(0, 20), flags: 1 }))).toThrow(ProtocolError);
    expect(() => compressed(auto, { maxLength: 1000 }).decode(stored({ data: packed, flags: 1 }))).toThrow(
      ProtocolError,
    );
  });
});
