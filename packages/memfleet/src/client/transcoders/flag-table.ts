/**
 * Transcoders that share values with other clients. Each is a table: what the flags mean to that client, and how a
 * value of each type is read and written.
 *
 *   flags ─▶ without the bits that are the application's ─▶ a type, or a type and a compression ─▶ unpack ─▶ read
 *                                                         └ neither: RawValue
 */
import { types } from 'node:util';
import { asBuffer } from '../../base/bytes.ts';
import { UndecodableError } from '../../core/errors.ts';
import { defined } from '../../core/option-checks.ts';
import { bytes, flag } from '../../core/option-kinds.ts';
import { checkOptions, type OptionTable } from '../../core/option-table.ts';
import { encodeJson, unfit } from '../json-encoder.ts';
import { RawValue, type StoredValue, type Transcoder } from '../transcoder.ts';
import { asRaw, isMarked, readJsonOr, storedBytes } from './stored-value.ts';
import type { Unpack } from './unpack.ts';

/** What the transcoders of other clients can be told. */
export interface ForeignOptions {
  /** The most bytes that a compressed value may unfold to; more is an UndecodableError. @default 64 MiB */
  readonly maxLength?: number | undefined;
}

/** The same, of clients that have no type for objects of JavaScript. */
export interface ForeignJsonOptions extends ForeignOptions {
  /**
   * Whether the other program reads and writes JSON, where its client has a type that can carry it (docs/sharing.md).
   * Every value of JSON comes back as it was then. Without it, values for which the client has no type are refused.
   * @default false
   */
  readonly json?: boolean | undefined;
}

/** A transcoder that shares values with another client. */
export interface ForeignTranscoder<Options extends ForeignOptions = ForeignOptions> extends Transcoder<unknown> {
  /** The same transcoder with options. Throws InvalidOptionError. */
  with(options: Options): ForeignTranscoder<Options>;
}

/** A type that the other client's flags name. */
export interface FlaggedType {
  readonly name: string;
  readonly flags: number;
  /** The value of the bytes; a RawValue where they are not of the type. */
  readonly read: (value: StoredValue) => unknown;
  /** The bytes of a value; undefined: the value is of another type. The first type that takes a value has it. */
  readonly write?: (value: unknown) => string | Uint8Array | undefined;
}

/** A type that only the other language's own serializer reads and writes: never executed, never made here. */
export const serialized = (name: string, flags: number): FlaggedType => ({ name, flags, read: asRaw });

/** A compression that the flags name, beside a type. */
export interface FlaggedCompression {
  readonly name: string;
  readonly flags: number;
  readonly unpack: Unpack;
}

/** What the flags mean to a client. */
export interface FlagTable {
  /** The transcoder's name. */
  readonly name: string;
  readonly types: readonly FlaggedType[];
  readonly compressions: readonly FlaggedCompression[];
  /** Bits that the client hands to the application, and does not look at. */
  readonly applicationBits?: number;
  /** Under the option `json`: the type whose bytes are JSON. */
  readonly jsonType?: string;
  /** What it writes, for the error about what it does not. */
  readonly takes: string;
}

const foreignOptions = {
  maxLength: {
    kind: bytes(1, 0x7fff_ffff),
    default: 64 * 1024 * 1024,
    about: 'the most bytes that a compressed value may unfold to',
  },
} satisfies OptionTable<ForeignOptions>;

const foreignJsonOptions = {
  ...foreignOptions,
  json: { kind: flag, default: false, about: 'whether the other program reads and writes JSON' },
} satisfies OptionTable<ForeignJsonOptions>;

type Read = (value: StoredValue) => unknown;

/** The transcoder of a table. */
export function foreignTranscoder<Options extends ForeignJsonOptions = ForeignOptions>(
  table: FlagTable,
  given?: Options,
): ForeignTranscoder<Options> {
  const { json = false, maxLength = foreignOptions.maxLength.default } = given ?? {};
  const all = json ? withJson(table) : table.types;
  const readers = readersOf(table, all, maxLength);
  const writers = all.filter(({ write }) => write !== undefined);
  const typeBits = ~(table.applicationBits ?? 0);
  return {
    encode(value) {
      if (value instanceof RawValue) return { data: value.bytes, flags: value.flags };
      for (const { write, flags } of writers) {
        const data = write?.(value);
        if (data !== undefined) return { data, flags };
      }
      throw unfit(value, adviceOf(table));
    },
    decode(value) {
      const read = isMarked(value.flags) ? undefined : readers.get((value.flags & typeBits) >>> 0);
      return read === undefined ? asRaw(value) : read(value);
    },
    with(options) {
      checkOptions(table.jsonType === undefined ? foreignOptions : foreignJsonOptions, options, '');
      return foreignTranscoder<Options>(table, { ...given, ...defined(options) } as Options);
    },
  };
}

/** The types, where one carries JSON. It is the last, as it takes what the others do not. */
function withJson({ types: all, jsonType }: FlagTable): readonly FlaggedType[] {
  return all
    .filter(({ name }) => name !== jsonType)
    .concat(
      all
        .filter(({ name }) => name === jsonType)
        .map((type) => ({
          ...type,
          read: (value) => readJsonOr(value, type.read),
          write: (value) => (types.isUint8Array(value) ? value : encodeJson(value)),
        })),
    );
}

/** How the values are read, by their flags: every type, and every type with every compression. */
function readersOf(table: FlagTable, all: readonly FlaggedType[], maxLength: number): ReadonlyMap<number, Read> {
  const readers = new Map<number, Read>();
  for (const { flags, read } of all) {
    readers.set(flags, read);
    for (const compression of read === asRaw ? [] : table.compressions)
      readers.set(flags | compression.flags, unpacking(table, compression, read, maxLength));
  }
  return readers;
}

function unpacking(
  { name }: FlagTable,
  { unpack, name: compression }: FlaggedCompression,
  read: Read,
  maxLength: number,
): Read {
  return (value) => {
    const packed = asBuffer(value.bytes());
    let unpacked: Buffer | undefined;
    try {
      unpacked = unpack(packed, maxLength);
    } catch (error) {
      throw new UndecodableError(
        `a value with the flags of ${compression} of ${name} (${value.flags}) cannot be unpacked`,
        {
          cause: error,
        },
      );
    }
    const result = unpacked === undefined ? undefined : read(storedBytes(unpacked, value.flags));
    // A RawValue is what is stored, not what was unpacked.
    return unpacked === undefined || result instanceof RawValue ? new RawValue(packed, value.flags) : result;
  };
}

function adviceOf({ name, takes, jsonType }: FlagTable): string {
  const json = jsonType === undefined ? '' : `; transcoders.${name}.with({ json: true }) writes JSON`;
  return `transcoders.${name} writes ${takes}${json}`;
}
