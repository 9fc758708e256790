/**
 * Compression around another transcoder, marked by bit 1 of the flags as that of `transcoders.compressed`. The
 * first bytes name the algorithm, so a reader accepts all of them, whichever it writes:
 *
 *   gzip     1f 8b          RFC 1952, 2.3.1
 *   zstd     28 b5 2f fd    RFC 8878, 3.1.1
 *   brotli   ce b2 cf 81    it has no signature of its own (RFC 7932): this one stands before its bytes
 *
 * Other clients use the bit for other things: where the first bytes say nothing, the value is that of the transcoder.
 */
import * as zlib from 'node:zlib';
import { asBuffer, bufferOf } from '../base/bytes.ts';
import { RawValue, type StoredValue, type Transcoder } from '../client/transcoder.ts';
import { valueFlags } from '../client/transcoders.ts';
import { storedBytes } from '../client/transcoders/stored-value.ts';
import { InvalidOptionError, UndecodableError } from '../core/errors.ts';
import type { CompressOptions, Whole } from './options.ts';

type Algorithm = CompressOptions['algorithm'] & string;
type Pack = (bytes: Uint8Array) => Buffer;
type Unpack = (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;

interface Format {
  readonly signature: Buffer;
  /** The signature is not a part of what the algorithm writes. */
  readonly isOurs: boolean;
  /** Undefined: the runtime has no such algorithm. */
  readonly pack: Pack | undefined;
  readonly unpack: Unpack | undefined;
}

/** Node has zstd since 22.15. */
const { zstdCompressSync, zstdDecompressSync } = zlib as {
  readonly zstdCompressSync?: Pack;
  readonly zstdDecompressSync?: Unpack;
};

/** Quality 11, the default, takes a second for a MB. */
const brotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } };

const formats: Readonly<Record<Algorithm, Format>> = {
  gzip: { signature: Buffer.of(0x1f, 0x8b), isOurs: false, pack: zlib.gzipSync, unpack: zlib.gunzipSync },
  zstd: {
    signature: Buffer.of(0x28, 0xb5, 0x2f, 0xfd),
    isOurs: false,
    pack: zstdCompressSync,
    unpack: zstdDecompressSync,
  },
  brotli: {
    signature: Buffer.of(0xce, 0xb2, 0xcf, 0x81),
    isOurs: true,
    pack: (bytes) => zlib.brotliCompressSync(bytes, brotliOptions),
    unpack: zlib.brotliDecompressSync,
  },
};

/**
 * A transcoder whose large values are compressed. Throws InvalidOptionError for an algorithm that the runtime lacks.
 */
export function compressing(inner: Transcoder<unknown>, options: Whole<CompressOptions>): Transcoder<unknown> {
  const { above, algorithm, maxLength } = options;
  const { pack, signature, isOurs } = formats[algorithm];
  if (pack === undefined)
    throw new InvalidOptionError(`option "compress.algorithm": this runtime has no ${algorithm}`, 'compress.algorithm');
  return {
    encode(value) {
      const plain = inner.encode(value);
      const hasRoom = plain.data.length >= above && (plain.flags & valueFlags.gzip) === 0;
      if (!hasRoom || value instanceof RawValue) return plain;
      const packed = pack(bufferOf(plain.data));
      const data = isOurs ? Buffer.concat([signature, packed]) : packed;
      return data.length < plain.data.length ? { data, flags: plain.flags | valueFlags.gzip } : plain;
    },
    decode: (value) => inner.decode(unpacked(value, maxLength)),
  };
}

/** Throws UndecodableError for what cannot be unpacked, or is too large. */
function unpacked(value: StoredValue, maxOutputLength: number): StoredValue {
  const { flags } = value;
  if ((flags & valueFlags.gzip) === 0) return value;
  const bytes = asBuffer(value.bytes());
  const format = Object.values(formats).find(({ signature }) => startsWith(bytes, signature));
  if (format === undefined) return storedBytes(bytes, flags);
  const { unpack, signature, isOurs } = format;
  if (unpack === undefined) throw new UndecodableError('a value that is compressed by what this runtime does not have');
  try {
    const packed = isOurs ? bytes.subarray(signature.length) : bytes;
    return storedBytes(unpack(packed, { maxOutputLength }), flags & ~valueFlags.gzip);
  } catch (error) {
    throw new UndecodableError(`a value with the flag of compression (${flags}) cannot be unpacked`, { cause: error });
  }
}

function startsWith(bytes: Buffer, signature: Buffer): boolean {
  return bytes.length >= signature.length && bytes.compare(signature, 0, signature.length, 0, signature.length) === 0;
}
