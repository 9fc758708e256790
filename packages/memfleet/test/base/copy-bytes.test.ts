import { expect, it } from 'vitest';
import { copyBytes } from '../../src/base/bytes.ts';

it('bytes of every length are copied from any place to any place, and none beside them', () => {
  const from = Uint8Array.from({ length: 100 }, (_, i) => i + 100);
  for (let length = 0; length <= 70; length++) {
    for (const [start, at] of [
      [0, 0],
      [1, 3],
      [5, 2],
    ] as const) {
      const to = new Uint8Array(100);
      copyBytes(new DataView(from.buffer), start, new DataView(to.buffer), at, length);
      const wanted = new Uint8Array(100);
      wanted.set(from.subarray(start, start + length), at);
      expect(to).toEqual(wanted);
    }
  }
});
