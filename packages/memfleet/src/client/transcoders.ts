/**
 * The transcoders that come along. Flags are those of npm `memcached` (3rd-Eden), so that its data can be read and
 * written: text 0, JSON 2, bytes 4, number 8. Ours are bigint 16, structured clone 32 and, as a bit beside the others,
 * gzip 1. Other clients give these numbers other meanings: where the bytes are not what the flags say here, `auto`
 * takes them for a stranger's.
 */
import { types } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import { asBuffer, bufferOf, toByteString } from '../base/bytes.ts';
import { InvalidArgumentError, UndecodableError, UnsafeIntegerError } from '../core/errors.ts';
import { bareAdvice, encodeJson, isBare, unfit } from './json-encoder.ts';
import { type Encoded, RawValue, type StoredValue, type Transcoder } from './transcoder.ts';
import { numberAsText, readBigint, readNumber } from './transcoders/decimal.ts';
import { parseJson } from './transcoders/exact-number.ts';
import { asRaw, isMarked, readJson, storedBytes } from './transcoders/stored-value.ts';

export { dalli } from './transcoders/dalli.ts';
export { memcacheClient } from './transcoders/memcache-client.ts';
export { memjs } from './transcoders/memjs.ts';
export { php } from './transcoders/php.ts';
export { python } from './transcoders/python.ts';
export { spymemcached } from './transcoders/spymemcached.ts';

/** Client flags that `auto` writes. */
export const valueFlags: {
  readonly text: 0;
  readonly gzip: 1;
  readonly json: 2;
  readonly bytes: 4;
  readonly number: 8;
  readonly bigint: 16;
  readonly v8: 32;
} = Object.freeze({ text: 0, gzip: 1, json: 2, bytes: 4, number: 8, bigint: 16, v8: 32 });

const asJson = (value: unknown): Encoded => ({ data: encodeJson(value), flags: valueFlags.json });

function decodeJson(value: StoredValue): unknown {
  try {
    return parseJson(value.utf8());
  } catch (error) {
    if (error instanceof UnsafeIntegerError) throw error;
    throw new UndecodableError(`a value with the flags of JSON (${value.flags}) is none`, { cause: error });
  }
}

function encodeBigint(value: bigint): Encoded {
  const data = String(value);
  if (data.length > maxDigits) throw unfit(value, `it has more than ${maxDigits} digits`);
  return { data, flags: valueFlags.bigint };
}

function encodeAuto(value: unknown): Encoded {
  switch (typeof value) {
    case 'string':
      return { data: toByteString(value), flags: valueFlags.text };
    case 'number':
      return { data: numberAsText(value), flags: valueFlags.number };
    case 'bigint':
      return encodeBigint(value);
    case 'undefined':
    case 'function':
    case 'symbol':
      throw unfit(value, 'it has no bytes; store null, or delete the key');
    default:
      if (types.isUint8Array(value)) return { data: value, flags: valueFlags.bytes };
      return value instanceof RawValue ? { data: value.bytes, flags: value.flags } : asJson(value);
  }
}

/** Reading and writing a bigint takes time in proportion to the square of its length: 100 000 digits about 10 ms. */
const maxDigits = 100_000;

type Decode = (value: StoredValue) => unknown;

const decoders: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [valueFlags.text, (value) => value.utf8()],
  [valueFlags.json, readJson],
  [valueFlags.bytes, (value) => value.bytes()],
  [valueFlags.number, readNumber],
  [valueFlags.bigint, (value) => readBigint(value, maxDigits)],
]);

/**
 * By the value's type: string (flags 0, UTF-8), number (8), bigint (16), Buffer and Uint8Array (4, read back as
 * Buffer), everything else as JSON (2). Flags it does not know, and bytes that are not what their flags say, are read
 * as `RawValue`; a `RawValue` is stored as it was. What would not come back is refused: undefined, functions, symbols,
 * and in JSON everything that JSON cannot hold (Map, Set, typed arrays, Error, Promise, NaN, an instance without
 * fields, …), wherever in the value it stands; `v8` keeps most of it. An integer that no number holds, such as a
 * counter beyond 2^53−1, is an UnsafeIntegerError.
 */
export const auto: Transcoder<unknown> = {
  encode: encodeAuto,
  decode(value) {
    if (value.flags === 0) return value.utf8();
    const decode = decoders.get(value.flags);
    return decode === undefined ? asRaw(value) : decode(value);
  },
};

/**
 * As `auto`, but by structured clone (`node:v8`, flags 32) where `auto` writes JSON: Map, Set, Date, RegExp, Error,
 * typed arrays, NaN, bigints and cycles come back as they were; instances of classes as plain objects. Only Node reads
 * it, a version of Node that is not older; and only what trusted writers have stored should be read.
 */
export const v8: Transcoder<unknown> = {
  encode(value) {
    const isObject = typeof value === 'object' && value !== null;
    if (!isObject || types.isUint8Array(value) || value instanceof RawValue) return encodeAuto(value);
    if (isBare(value)) throw unfit(value, bareAdvice);
    try {
      return { data: serialize(value), flags: valueFlags.v8 };
    } catch (error) {
      throw new InvalidArgumentError('the value cannot be cloned', { cause: error });
    }
  },
  decode(value) {
    if (value.flags !== valueFlags.v8) return auto.decode(value);
    try {
      return deserialize(value.bytes()) as unknown;
    } catch (error) {
      throw new UndecodableError(`a value with the flags of structured clone (${value.flags}) is none`, {
        cause: error,
      });
    }
  },
};

/** Bytes as they are, flags 0 on writing, whatever they are on reading. */
export const bytes: Transcoder<Uint8Array> = {
  encode(value) {
    if (!types.isUint8Array(value)) throw unfit(value, 'the transcoder "bytes" takes Uint8Array and Buffer');
    return { data: value, flags: 0 };
  },
  decode: (value) => value.bytes(),
};

/**
 * Text as UTF-8, flags 0 on writing, whatever they are on reading. An entry of the cache is no text, but an
 * UndecodableError.
 */
export const string: Transcoder<string> = {
  encode(value) {
    if (typeof value !== 'string') throw unfit(value, 'the transcoder "string" takes strings');
    return { data: toByteString(value), flags: 0 };
  },
  decode(value) {
    if (isMarked(value.flags))
      throw new UndecodableError(`a value with the flags of the cache (${value.flags}) is no text`);
    return value.utf8();
  },
};

/**
 * JSON whatever the type, flags 2. A value that is not JSON is an UndecodableError; an entry of the cache is a
 * RawValue.
 */
export const json: Transcoder<unknown> = {
  encode: asJson,
  decode: (value) => (isMarked(value.flags) ? asRaw(value) : decodeJson(value)),
};

/** The formats of Couchbase's common flags, in the top 8 bits; the low bits are those that older SDKs look at. */
const couchbaseFlags = Object.freeze({ json: 0x0200_0000, bytes: 0x0300_0002, text: 0x0400_0004 });

/**
 * As the Couchbase SDKs have it, so that they and memfleet read each other's values: strings as text, Buffer and
 * Uint8Array as bytes, everything else as JSON. Flags 0 (counters that the node made, other clients) are read as JSON,
 * or else as text; flags it does not know as `RawValue`.
 */
export const couchbase: Transcoder<unknown> = {
  encode(value) {
    if (typeof value === 'string') return { data: toByteString(value), flags: couchbaseFlags.text };
    if (types.isUint8Array(value)) return { data: value, flags: couchbaseFlags.bytes };
    return { data: encodeJson(value), flags: couchbaseFlags.json };
  },
  decode(value) {
    switch (value.flags >>> 24) {
      case couchbaseFlags.json >>> 24:
        return decodeJson(value);
      case couchbaseFlags.bytes >>> 24:
        return value.bytes();
      case couchbaseFlags.text >>> 24:
        return value.utf8();
      default:
        return value.flags === 0 ? jsonOrText(value.utf8()) : new RawValue(value.bytes(), value.flags);
    }
  },
};

function jsonOrText(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof UnsafeIntegerError) throw error;
    return text;
  }
}

/** When `compressed` compresses. */
export interface CompressionOptions {
  /** Bytes from which on it is tried. @default 2048 */
  readonly threshold?: number | undefined;
  /** The compression level of zlib, a number from 1 to 9. @default 6 */
  readonly level?: number | undefined;
  /** The most bytes a value may unfold to; more is an UndecodableError. @default 128 MiB */
  readonly maxLength?: number | undefined;
}

const compressionDefaults = Object.freeze({ threshold: 2048, level: 6, maxLength: 128 * 1024 * 1024 });

/**
 * gzip around another transcoder: values of `threshold` bytes and more, when they get smaller by it; marked by bit 1 of
 * the flags. Synchronous: about 20 ms a MB.
 */
export function compressed<T>(inner: Transcoder<T>, options: CompressionOptions = {}): Transcoder<T> {
  const threshold = options.threshold ?? compressionDefaults.threshold;
  const level = options.level ?? compressionDefaults.level;
  const maxOutputLength = options.maxLength ?? compressionDefaults.maxLength;
  return {
    encode(value) {
      const plain = inner.encode(value);
      // A RawValue may have the bit already, and was packed by somebody else.
      if (plain.data.length < threshold || (plain.flags & valueFlags.gzip) !== 0) return plain;
      const packed = gzipSync(bufferOf(plain.data), {
        level,
      });
      return packed.length < plain.data.length ? { data: packed, flags: plain.flags | valueFlags.gzip } : plain;
    },
    decode(value) {
      if ((value.flags & valueFlags.gzip) === 0) return inner.decode(value);
      const packed = asBuffer(value.bytes());
      // The bit alone says little: other clients use it for other things. gzip begins with 1f 8b (RFC 1952, section
      // 2.3.1).
      if (packed[0] !== 0x1f || packed[1] !== 0x8b) return inner.decode(storedBytes(packed, value.flags));
      let unpacked: Buffer;
      try {
        unpacked = gunzipSync(packed, { maxOutputLength });
      } catch (error) {
        throw new UndecodableError(`a value with the flag of gzip (${value.flags}) cannot be unpacked`, {
          cause: error,
        });
      }
      const decoded = inner.decode(storedBytes(unpacked, (value.flags & ~valueFlags.gzip) >>> 0));
      // What is raw is what is stored, not what was unpacked.
      return decoded instanceof RawValue ? (new RawValue(packed, value.flags) as T & RawValue) : decoded;
    },
  };
}
