/** The flags of Dalli, the client of Ruby and Rails. */
import { types } from 'node:util';
import { toByteString } from '../../base/bytes.ts';
import {
  type FlagTable,
  type ForeignJsonOptions,
  type ForeignTranscoder,
  foreignTranscoder,
  serialized,
} from './flag-table.ts';
import { readText, readTextOrBytes } from './stored-value.ts';
import { unpackByMagic } from './unpack.ts';

/** What the flags mean. */
export const dalliFlags: FlagTable = {
  name: 'dalli',
  takes: 'text and bytes, as Ruby has Marshal for everything else',
  jsonType: 'serialized',
  types: [
    {
      // Dalli writes it from 5.0.4 on, with `string_fastpath`; older versions read it as raw.
      name: 'text',
      flags: 4,
      read: readText,
      write: (value) => (typeof value === 'string' ? toByteString(value) : undefined),
    },
    {
      name: 'raw',
      flags: 0,
      read: readTextOrBytes,
      write: (value) => (types.isUint8Array(value) ? value : undefined),
    },
    serialized('serialized', 1),
  ],
  compressions: [{ name: 'zlib', flags: 2, unpack: unpackByMagic }],
};

/**
 * As Dalli has it: text (flags 4, which all versions read), bytes (0, which Dalli calls raw; read as text where they
 * are UTF-8, else as bytes). What Ruby has marshalled (1: everything without `raw: true`) is a `RawValue`. The rest is
 * refused on writing; with the option `json`, serialized values are JSON, for clients made with `serializer: JSON`.
 */
export const dalli: ForeignTranscoder<ForeignJsonOptions> = foreignTranscoder<ForeignJsonOptions>(dalliFlags);
