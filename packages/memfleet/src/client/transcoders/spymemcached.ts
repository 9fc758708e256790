/** The flags of spymemcached, the client of Java: a bit for serialization, one for gzip, and a number for each type. */
import { types } from 'node:util';
import { toByteString } from '../../base/bytes.ts';
import type { StoredValue } from '../transcoder.ts';
import {
  type FlagTable,
  type ForeignJsonOptions,
  type ForeignTranscoder,
  foreignTranscoder,
  serialized,
} from './flag-table.ts';
import { asRaw, readText } from './stored-value.ts';
import { unpackByMagic } from './unpack.ts';

/** Numbers are big-endian and without the zeros in front. This gives them back their width. */
function number(width: number, get: (bytes: Buffer) => unknown): (value: StoredValue) => unknown {
  return (value) => {
    if (value.length > width) return asRaw(value);
    const bytes = Buffer.alloc(width);
    bytes.set(value.bytes(), width - value.length);
    return get(bytes);
  };
}

/** The bytes of a number of `width` bytes, without the zeros in front. */
function packed(width: number, put: (bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.alloc(width);
  put(bytes);
  const first = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(first < 0 ? width : first);
}

const packedLong = (value: bigint): Uint8Array => packed(8, (bytes) => bytes.writeBigInt64BE(value));

const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

function readDate(value: StoredValue): unknown {
  const time = number(8, (bytes) => Number(bytes.readBigInt64BE()))(value);
  const date = new Date(typeof time === 'number' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? asRaw(value) : date;
}

function writeDate(value: unknown): Uint8Array | undefined {
  const time = types.isDate(value) ? Date.prototype.getTime.call(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : packedLong(BigInt(time));
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['0', false],
]);

/** What the flags mean. */
export const spymemcachedFlags: FlagTable = {
  name: 'spymemcached',
  takes:
    'text, numbers, bigints of 64 bits, booleans, dates and bytes, as Java has its serialization for everything else',
  jsonType: 'String',
  types: [
    {
      name: 'String',
      flags: 0,
      read: readText,
      write: (value) => (typeof value === 'string' ? toByteString(value) : undefined),
    },
    {
      name: 'Boolean',
      flags: 0x100,
      read: (value) => (value.length > 1 ? undefined : booleans.get(value.text())) ?? asRaw(value),
      write: (value) => (typeof value === 'boolean' ? (value ? '1' : '0') : undefined),
    },
    {
      name: 'Integer',
      flags: 0x200,
      read: number(4, (bytes) => bytes.readInt32BE()),
      write: (value) =>
        typeof value === 'number' && isInt32(value) ? packed(4, (bytes) => bytes.writeInt32BE(value)) : undefined,
    },
    {
      name: 'Long',
      flags: 0x300,
      read: number(8, (bytes) => bytes.readBigInt64BE()),
      write: (value) =>
        typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? packedLong(value) : undefined,
    },
    { name: 'Date', flags: 0x400, read: readDate, write: writeDate },
    { name: 'Byte', flags: 0x500, read: number(1, (bytes) => bytes.readInt8()) },
    { name: 'Float', flags: 0x600, read: number(4, (bytes) => bytes.readFloatBE()) },
    {
      name: 'Double',
      flags: 0x700,
      read: number(8, (bytes) => bytes.readDoubleBE()),
      write: (value) => (typeof value === 'number' ? packed(8, (bytes) => bytes.writeDoubleBE(value)) : undefined),
    },
    {
      name: 'byte[]',
      flags: 0x800,
      read: (value) => value.bytes(),
      write: (value) => (types.isUint8Array(value) ? value : undefined),
    },
    serialized('serialized', 1),
  ],
  compressions: [{ name: 'gzip', flags: 2, unpack: unpackByMagic }],
};

/**
 * As spymemcached's `SerializingTranscoder` has it, and xmemcached's: text as String, whole numbers of 32 bits as
 * Integer, other numbers as Double, bigints as Long, booleans, dates, bytes. Byte and Float are read as numbers. What
 * Java has serialized (flags 1) is a `RawValue`. The rest is refused on writing; with the option `json`, every String
 * is JSON.
 */
export const spymemcached: ForeignTranscoder<ForeignJsonOptions> =
  foreignTranscoder<ForeignJsonOptions>(spymemcachedFlags);
