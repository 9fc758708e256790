import { add, high, multiply } from './wide.ts';

/**
 * Jump consistent hash (Lamping and Veach, 2014): a bucket for a 64-bit number, so that adding a bucket moves 1/n of
 * the keys, all to the new one.
 *
 * @param low the low 32 bits of the hash
 * @param top the high 32 bits of the hash
 * @param buckets how many, from 1 on
 * @returns 0 … buckets − 1
 */
export function jump(low: number, top: number, buckets: number): number {
  let bucket = 0;
  let next = 0;
  while (next < buckets) {
    bucket = next;
    low = multiply(low, top, 0x87b0b0fd, 0x27bb2ee6);
    low = add(low, high(), 1, 0);
    top = high();
    next = Math.floor((bucket + 1) * (0x8000_0000 / ((top >>> 1) + 1)));
  }
  return bucket;
}
