import { describe, expect, test } from 'vitest';
import { jump } from '../../src/hash/jump.ts';
import { xxh3, xxh3High } from '../../src/hash/xxh3.ts';

/** Byte i is i × 167 + (i >> 3) × 31, modulo 256. */
const input = String.fromCharCode(...Array.from({ length: 3000 }, (_, i) => (i * 167 + (i >> 3) * 31) & 0xff));

/** Length, and XXH3_64bits of that many bytes, by the xxhash.h that memcached 1.6 carries (0.8.0). */
const vectors: [number, string][] = [
  [0, '2d06800538d394c2'],
  [1, 'c44bdff4074eecdb'],
  [2, '82e837cabaca9897'],
  [3, 'f3ea324084d6587c'],
  [4, '93bff9036cff6c84'],
  [5, 'b9e6d42e4aee59a6'],
  [8, 'f9c04d813da5eae2'],
  [9, 'fba1fe928b3cc750'],
  [12, 'ee662b8f6726809e'],
  [16, 'f183b05f45981ea7'],
  [17, '40eecdbda061563c'],
  [31, '734a425b2a772803'],
  [32, 'bf55db2721f1d03d'],
  [33, '1867d52638beb78e'],
  [64, 'f98caee6fc792d7c'],
  [65, 'cba6b27a443e124b'],
  [96, 'a86491541d9fee94'],
  [97, '33b46c10a3fe8808'],
  [128, '4d2c3a24e53fc4b2'],
  [129, '4e115f9f47d80446'],
  [144, '4bcadcb9ccad056c'],
  [159, '4ade11921222ecb4'],
  [176, '728805ebf0f221a9'],
  [239, '90f392be308dac39'],
  [240, 'a83a7cfc5819be14'],
  [241, '3ff98b41dc637a8c'],
  [250, '2b5d2f9567d1d2db'],
  [256, '0a00ab54e37cbb17'],
  [299, 'fc7e93559b8abd4c'],
  [494, '296e952365ab0992'],
  [1076, '99f6c4e5ec1ebd17'],
  [1173, '84ff2abf126aae87'],
  [2046, '7b5f36d0103f9507'],
  [2143, '54e870ac7503b0e5'],
  [2531, '636ce8d1e5fa8157'],
];

function hex(bytes: string): string {
  const low = xxh3(bytes);
  return [xxh3High(), low].map((half) => half.toString(16).padStart(8, '0')).join('');
}

describe('XXH3, 64 bits', () => {
  test.each(vectors)('of %i bytes', (length, expected) => {
    expect(hex(input.slice(0, length))).toBe(expected);
  });
});

describe('jump hash', () => {
  /** The paper's own form, in BigInt. */
  function slowJump(hash: bigint, buckets: number): number {
    let bucket = -1n;
    let next = 0n;
    while (next < BigInt(buckets)) {
      bucket = next;
      hash = BigInt.asUintN(64, hash * 2862933555777941757n + 1n);
      next = BigInt(Math.floor(Number(bucket + 1n) * (2 ** 31 / Number((hash >> 33n) + 1n))));
    }
    return Number(bucket);
  }

  test('equals the same in BigInt, and a bucket more moves keys only into it', () => {
    for (let i = 0; i < 2000; i++) {
      const low = xxh3(`key ${i}`);
      const high = xxh3High();
      const buckets = 1 + (i % 130);
      const bucket = jump(low, high, buckets);
      expect(bucket).toBe(slowJump((BigInt(high) << 32n) | BigInt(low), buckets));
      expect([bucket, buckets]).toContain(jump(low, high, buckets + 1));
    }
  });
});
