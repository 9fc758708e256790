/** The flags of npm `memcache-client`. */
import { types } from 'node:util';
import { toByteString } from '../../base/bytes.ts';
import { encodeJson } from '../json-encoder.ts';
import { numberAsText, readNumber } from './decimal.ts';
import { type FlagTable, type ForeignTranscoder, foreignTranscoder } from './flag-table.ts';
import { readJson, readText } from './stored-value.ts';
import { unpackByMagic } from './unpack.ts';

/** What the flags mean. */
export const memcacheClientFlags: FlagTable = {
  name: 'memcacheClient',
  takes: 'text, numbers, bytes, and what JSON can hold',
  types: [
    {
      name: 'text',
      flags: 0,
      read: readText,
      write: (value) => (typeof value === 'string' ? toByteString(value) : undefined),
    },
    {
      name: 'number',
      flags: 4,
      read: readNumber,
      write: (value) => (typeof value === 'number' ? numberAsText(value) : undefined),
    },
    {
      name: 'bytes',
      flags: 8,
      read: (value) => value.bytes(),
      write: (value) => (types.isUint8Array(value) ? value : undefined),
    },
    // The last: it refuses what it cannot hold.
    { name: 'JSON', flags: 2, read: readJson, write: encodeJson },
  ],
  // The compressor is the application's choice.
  compressions: [{ name: 'compression', flags: 1, unpack: unpackByMagic }],
};

/**
 * As npm `memcache-client` has it: text (flags 0), numbers (4), bytes (8), everything else as JSON (2). It gives 4 and
 * 8 the meanings that npm `memcached` and `auto` give to 8 and 4. Compressed values (1) are read where the compressor
 * was gzip, zlib, or, from Node 22.15 on, Zstandard, which is the client's default; others are a `RawValue`.
 */
export const memcacheClient: ForeignTranscoder = foreignTranscoder(memcacheClientFlags);
