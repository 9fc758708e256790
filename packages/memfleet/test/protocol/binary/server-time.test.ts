/** The time that a Couchbase node worked on a request, in the framing extras of its reply. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, microsecondsOf } from '../../../src/core/server-time.ts';
import { buildServerTime, serverTimeIn } from '../../../src/protocol/binary/frame-info.ts';

describe('a coded time', () => {
  test.each([
    [0, 0],
    [1, 1],
    [100, 21],
    [1000, 79],
    [1_000_000, 4181],
    [120_125_042, 0xffff],
    [1e12, 0xffff],
    [-5, 0],
  ])('of %d µs is %d', (microseconds, code) => {
    expect(codeOf(microseconds)).toBe(code);
  });

  test('is within 2 percent of the time from 1 ms to 2 minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 120_000_000 }), (microseconds) => {
        const error = Math.abs(microsecondsOf(codeOf(microseconds)) / microseconds - 1);
        expect(error).toBeLessThan(0.02);
      }),
    );
  });
});

describe('framing extras', () => {
  test.each<[string, readonly number[], number]>([
    ['that are empty', [], -1],
    ['with the time alone', [0x02, 0x01, 0x10], 0x110],
    ['with read units before it', [0x12, 0, 9, 0x02, 0x01, 0x10], 0x110],
    ['with write units behind it', [0x02, 0x01, 0x10, 0x22, 0, 9], 0x110],
    ['with read units only', [0x12, 0, 9], -1],
    ['with a frame of an id beyond 14', [0xf1, 0x30, 0xaa, 0x02, 0, 7], 7],
    ['that end in the time', [0x02, 0x01], -1],
    ['that end in another frame', [0x12, 0, 9, 0x2f], -1],
    ['whose time has one byte', [0x01, 0x10], -1],
    ['whose time has three bytes', [0x03, 0, 1, 2], -1],
    ['with an escape at the end', [0xff], -1],
  ])('%s', (_, bytes, time) => {
    const around = Uint8Array.of(0xee, ...bytes, 0xee);
    expect(serverTimeIn(around, 1, bytes.length + 1)).toBe(time);
  });

  test('are read as they were written, and no bytes throw', () => {
    fc.assert(
      fc.property(fc.nat(100_000_000), (microseconds) => {
        const bytes = buildServerTime(microseconds);
        expect(serverTimeIn(bytes, 0, bytes.length)).toBe(codeOf(microseconds));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(serverTimeIn(bytes, 0, bytes.length)).toBeGreaterThanOrEqual(-1);
      }),
    );
  });
});
