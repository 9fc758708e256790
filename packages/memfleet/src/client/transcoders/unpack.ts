/** Decompression with a bound on what comes out. */
import * as zlib from 'node:zlib';

/**
 * Unpacks bytes to at most `maxLength` bytes. undefined: a format that is not read here. Throws where they are damaged.
 */
export type Unpack = (packed: Buffer, maxLength: number) => Buffer | undefined;

/** Node has it from 22.15 on. */
const zstd = (zlib as { readonly zstdDecompressSync?: typeof zlib.gunzipSync }).zstdDecompressSync;

interface Format {
  /** Whether bytes begin as the format does. */
  readonly fits: (packed: Buffer) => boolean;
  readonly unpack: typeof zlib.gunzipSync | undefined;
}

const formats: readonly Format[] = [
  // RFC 1952, section 2.3.1.
  { fits: ([first, second]) => first === 0x1f && second === 0x8b, unpack: zlib.gunzipSync },
  // RFC 1950, section 2.2: method 8, and a check of both bytes.
  {
    fits: ([method = 0, check = 0]) => (method & 15) === 8 && ((method << 8) | check) % 31 === 0,
    unpack: zlib.inflateSync,
  },
  // RFC 8878, section 3.1.1.
  { fits: (packed) => packed.length > 4 && packed.readUInt32LE(0) === 0xfd2f_b528, unpack: zstd },
];

/** By the first bytes: gzip, zlib, and zstd where this version of Node has it. */
export const unpackByMagic: Unpack = (packed, maxLength) =>
  formats.find(({ fits }) => fits(packed))?.unpack?.(packed, { maxOutputLength: maxLength });
