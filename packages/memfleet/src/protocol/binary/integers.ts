/** Integers of 16 and 32 bits, big-endian, in bytes and as byte strings. Those of 64 are in header.ts. */

/** The 32 bits at `at`, unsigned. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The 16 bits at `at`, unsigned. */
export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** 16 bits as a byte string. */
export function u16Text(value: number): string {
  return String.fromCharCode((value >>> 8) & 0xff, value & 0xff);
}

/** 32 bits as a byte string. */
export function u32Text(value: number): string {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
