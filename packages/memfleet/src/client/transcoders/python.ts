/** The flags of pylibmc, pymemcache and python-memcached, and so of Django. */
import { types } from 'node:util';
import { toByteString } from '../../base/bytes.ts';
import { unfit } from '../json-encoder.ts';
import { integerAsText, readInteger } from './decimal.ts';
import {
  type FlagTable,
  type ForeignJsonOptions,
  type ForeignTranscoder,
  foreignTranscoder,
  serialized,
} from './flag-table.ts';
import { readText } from './stored-value.ts';
import { unpackByMagic } from './unpack.ts';

/** Python's `int` refuses longer texts since 3.11. */
const maxDigits = 4300;

const readInt: (typeof pythonFlags.types)[number]['read'] = (value) => readInteger(value, maxDigits);

/** What the flags mean. */
export const pythonFlags: FlagTable = {
  name: 'python',
  takes: 'text, integers and bytes, as Python has pickle for everything else',
  jsonType: 'text',
  types: [
    {
      name: 'text',
      flags: 16,
      read: readText,
      write: (value) => (typeof value === 'string' ? toByteString(value) : undefined),
    },
    {
      name: 'integer',
      flags: 2,
      read: readInt,
      write(value) {
        const text = integerAsText(value);
        if (text !== undefined && text.length > maxDigits)
          throw unfit(value, `Python reads ${maxDigits} digits at most`);
        return text;
      },
    },
    { name: 'long', flags: 4, read: readInt },
    {
      name: 'bytes',
      flags: 0,
      read: (value) => value.bytes(),
      write: (value) => (types.isUint8Array(value) ? value : undefined),
    },
    serialized('pickle', 1),
  ],
  compressions: [{ name: 'zlib', flags: 8, unpack: unpackByMagic }],
};

/**
 * As pylibmc, pymemcache, python-memcached and Django have it: text (flags 16), integers (2; read from 4 as well) as a
 * number where it is safe and else as a bigint, bytes (0). Booleans of Python come as the integers that they are stored
 * as. What Python has pickled (1: floats, None, lists, objects) is a `RawValue` and never unpickled. The rest is
 * refused on writing; with the option `json`, text is JSON.
 */
export const python: ForeignTranscoder<ForeignJsonOptions> = foreignTranscoder<ForeignJsonOptions>(pythonFlags);
