import { expect, it } from 'vitest';
import { marvin32 } from '../../src/hash/marvin32.ts';

/** The vectors of .NET and Chromium: secret, input, 64 bits of hash. */
const vectors: [secret: bigint, input: number[], hash: bigint][] = [
  [0x004fb61a001bdbccn, [], 0x30ed35c100cd3c7dn],
  [0x004fb61a001bdbccn, [0xaf], 0x48e73fc77d75ddc1n],
  [0x004fb61a001bdbccn, [0xe7, 0x0f], 0xb5f6e1fc485dbff8n],
  [0x004fb61a001bdbccn, [0x37, 0xf4, 0x95], 0xf0b07c789b8cf7e8n],
  [0x004fb61a001bdbccn, [0x86, 0x42, 0xdc, 0x59], 0x7008f2e87e9cf556n],
  [0x004fb61a001bdbccn, [0x15, 0x3f, 0xb7, 0x98, 0x26], 0xe6c08c6da2afa997n],
];

const half = (value: bigint, number: 0 | 1): number => Number(BigInt.asUintN(32, value >> BigInt(32 * number)));

/** The bytes need not be all that there are. */
const hashOf = (input: readonly number[], low: number, high: number): number =>
  marvin32(new DataView(Uint8Array.of(9, ...input, 9).buffer), 1, input.length, low, high);

it.each(vectors)('marvin32 under %i of %j is %i, halves joined by XOR', (secret, input, hash) => {
  expect(hashOf(input, half(secret, 0), half(secret, 1))).toBe((half(hash, 0) ^ half(hash, 1)) >>> 0);
});

it('marvin32 differs by secret, and by bytes that are 0', () => {
  const hashes = [0, 1, 2, 3, 4].flatMap((length) => {
    const key = Array.from({ length }, () => 0);
    return [hashOf(key, 1, 2), hashOf(key, 1, 3)];
  });
  expect(new Set(hashes).size).toBe(10);
});
