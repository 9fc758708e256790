/** Decimal numbers in lines, read by hand, without a string. */
import { latin1Slice } from '../../base/bytes.ts';

/** The largest client flags: 32 bits. */
export const maxFlags = 0xffff_ffff;
/** The largest cas: 64 bits. */
export const maxCas = 0xffff_ffff_ffff_ffffn;

const zero = 48;
const nine = 57;

/** The end of the digits that begin at `at`. */
export function digitsEnd(buffer: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = buffer[at] as number;
    if (byte < zero || byte > nine) break;
    at++;
  }
  return at;
}

/** The number of digits `start` … `end`; −1 when there is none or more than 20. */
export function numberAt(buffer: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 15)
    return end - start > 15 && end - start < 21 ? Number(latin1Slice(buffer, start, end)) : -1;
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + ((buffer[at] as number) - zero);
  return value;
}

/** The 64-bit number of digits `start` … `end`, which must be digits. */
export function bigintAt(buffer: Uint8Array, start: number, end: number): bigint {
  return end - start <= 15 ? BigInt(numberAt(buffer, start, end)) : BigInt(latin1Slice(buffer, start, end));
}
