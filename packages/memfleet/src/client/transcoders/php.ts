/** The flags of php-memcached: the type in four bits, the compression in four, 16 bits for the application. */
import { types } from 'node:util';
import { toByteString } from '../../base/bytes.ts';
import { encodeJson } from '../json-encoder.ts';
import { integerAsText, numberAsText, readInteger, readNumber } from './decimal.ts';
import { unpackFastlz } from './fastlz.ts';
import { type FlagTable, type ForeignTranscoder, foreignTranscoder, serialized } from './flag-table.ts';
import { asRaw, readJson, readTextOrBytes } from './stored-value.ts';
import { type Unpack, unpackByMagic } from './unpack.ts';

/** The digits of a number of 64 bits and its sign, and the blanks that decr leaves. */
const maxDigits = 20;

/** Whether it is an integer of PHP: 64 bits with a sign. */
const isInt64 = (value: unknown): boolean => typeof value !== 'bigint' || BigInt.asIntN(64, value) === value;

/** In front of what is compressed, PHP writes the length of what it was, in the byte order of its machine. */
function behindLength(unpack: Unpack): Unpack {
  return (packed, maxLength) => {
    const length = packed.readUInt32LE(0);
    if (length > maxLength) throw new RangeError(`it unfolds to ${length} bytes, and at most ${maxLength} are read`);
    const unpacked = unpack(packed.subarray(4), Math.max(1, length));
    if (unpacked !== undefined && unpacked.length !== length)
      throw new RangeError('it has another length than it says');
    return unpacked;
  };
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['', false],
  ['0', false],
]);

/** What the flags mean. */
export const phpFlags: FlagTable = {
  name: 'php',
  takes: 'strings, bytes, numbers, bigints of 64 bits, booleans, and what JSON can hold',
  applicationBits: 0xffff_0000,
  types: [
    {
      name: 'string',
      flags: 0,
      read: readTextOrBytes,
      write(value) {
        if (typeof value === 'string') return toByteString(value);
        return types.isUint8Array(value) ? value : undefined;
      },
    },
    {
      name: 'integer',
      flags: 1,
      read(value) {
        const integer = readInteger(value, maxDigits);
        return isInt64(integer) ? integer : asRaw(value);
      },
      write: (value) => (isInt64(value) ? integerAsText(value) : undefined),
    },
    {
      name: 'float',
      flags: 2,
      read: readNumber,
      write: (value) => (typeof value === 'number' ? numberAsText(value) : undefined),
    },
    {
      name: 'boolean',
      flags: 3,
      read: (value) => (value.length > 1 ? undefined : booleans.get(value.text())) ?? asRaw(value),
      write: (value) => (typeof value === 'boolean' ? (value ? '1' : '') : undefined),
    },
    serialized('serialize', 4),
    serialized('igbinary', 5),
    serialized('msgpack', 7),
    // The last: it refuses what it cannot hold.
    { name: 'JSON', flags: 6, read: readJson, write: encodeJson },
  ],
  compressions: [
    { name: 'zlib', flags: 0x30, unpack: behindLength(unpackByMagic) },
    { name: 'FastLZ', flags: 0x50, unpack: behindLength(unpackFastlz) },
    { name: 'Zstandard', flags: 0x90, unpack: behindLength(unpackByMagic) },
  ],
};

/**
 * As php-memcached has it: strings and bytes (type 0, read as text where they are UTF-8, else as bytes), integers (1)
 * as a number where it is safe and else as a bigint, floats (2), booleans (3), and null, lists and objects as JSON (6),
 * which PHP reads whatever its serializer. What PHP wrote by `serialize` (its default for arrays and objects), igbinary
 * or msgpack is a `RawValue`. Flags of the application (`OPT_USER_FLAGS`) are neither read nor written.
 */
export const php: ForeignTranscoder = foreignTranscoder(phpFlags);
