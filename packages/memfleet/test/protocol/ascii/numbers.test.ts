/**
 * What is a number on a line. The judge is the real memcached (`test/server/numbers.test.ts`); here are the vectors,
 * and every spelling against BigInt.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deltaAt, int32At, lengthAt, notNumber, u32At, u64At } from '../../../src/protocol/ascii/numbers.ts';

function at<T>(read: (bytes: Uint8Array, start: number, end: number) => T, text: string): T {
  return read(Buffer.from(`7${text}7`, 'latin1'), 1, 1 + text.length);
}

const none = ['', '-', '+', 'x', '1x', '--1', '+-1', '1.5', '1e3', '0x10', '\t', '\t+', '1\x00', '٣'];

describe('a number on a line', () => {
  it.each(none)('is not %j', (text) => {
    expect(at(int32At, text)).toBe(notNumber);
    expect(at(u32At, text)).toBe(-1);
    expect(at(u64At, text)).toBeUndefined();
    expect(at(deltaAt, text)).toBeUndefined();
    expect(lengthAt(Buffer.from(text), 0, Buffer.byteLength(text), 100)).toBe(-1);
  });

  it('keeps the low 32 bits of a signed 64-bit exptime', () => {
    const edge = fc.constantFrom(0n, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 63n, -(1n << 31n), -(1n << 63n));
    const around = fc.tuple(edge, fc.bigInt(-3n, 3n)).map(([value, by]) => value + by);
    fc.assert(
      fc.property(fc.oneof(around, fc.bigInt(-(1n << 64n), 1n << 64n), fc.bigInt(-9999n, 9999n)), (value) => {
        const fits = BigInt.asIntN(64, value) === value;
        expect(at(int32At, String(value))).toBe(fits ? Number(BigInt.asIntN(32, value)) : notNumber);
      }),
    );
  });

  it('keeps the low 32 bits of unsigned 64-bit flags', () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(0n, 1n << 65n), fc.bigInt(0n, 1n << 33n)), (value) => {
        const fits = value < 1n << 64n;
        expect(at(u32At, String(value))).toBe(fits ? Number(BigInt.asUintN(32, value)) : -1);
        expect(at(u64At, String(value))).toBe(fits ? value : undefined);
        expect(at(u64At, `+${value}`)).toBe(fits ? value : undefined);
      }),
    );
  });

  it('has a sign, blanks in front, leading zeros, and ends at a blank', () => {
    expect(at(int32At, '+5')).toBe(5);
    expect(at(int32At, '-5')).toBe(-5);
    expect(at(int32At, '\t\v-5')).toBe(-5);
    expect(at(int32At, '5\tx')).toBe(5);
    expect(at(int32At, '0'.repeat(1000) + '5')).toBe(5);
    expect(at(u64At, '-0')).toBe(0n);
    expect(at(u64At, '-1')).toBeUndefined();
    expect(at(u64At, '-18446744073709551615')).toBe(1n);
    expect(at(u64At, '-9223372036854775809')).toBe(0x7fffffffffffffffn);
    expect(at(u64At, '-9223372036854775808')).toBeUndefined();
    expect(at(u64At, '-18446744073709551616')).toBeUndefined();
  });

  it('is read strictly where it is a length', () => {
    const length = (text: string): number => lengthAt(Buffer.from(text), 0, text.length, 1000);
    expect(length('0')).toBe(0);
    expect(length('1000')).toBe(1000);
    expect(length('0010')).toBe(10);
    expect(length('+10')).toBe(10);
    const refused = ['1001', '-0', '\t1', '1\t', '4294967297', '18446744073709551617', '0'.repeat(30)];
    expect(refused.map(length)).toEqual(refused.map(() => -1));
  });
});
