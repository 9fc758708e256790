/**
 * A transcoder over that of the user: plain values stay as they are, marks become objects of `entry.ts`.
 *
 *   value     ─▶ user's transcoder ─▶ bytes, flags ─▶ as they are; or an envelope, where they would be taken for a mark
 *   Envelope  ─▶ user's transcoder ─▶ bytes, flags ─▶ envelope
 *   a mark    ─▶ its bytes
 *
 * `decode` throws for nothing that is stored: it gives `Undecodable`, which is a miss. A `RawValue` is what the user's
 * transcoder gives for flags that it does not know; only in an envelope is it a value that this cache stored.
 */
import { type Encoded, RawValue, type StoredValue, type Transcoder } from '../client/transcoder.ts';
import { storedBytes } from '../client/transcoders/stored-value.ts';
import { UndecodableError } from '../core/errors.ts';
import { openEnvelope, openManifest, sealEnvelope, sealManifest } from './entry-bytes.ts';
import {
  areEntryFlags,
  Chunk,
  type EntryHead,
  Envelope,
  entryFlags,
  Failed,
  Manifest,
  Nothing,
  Stub,
  Undecodable,
  VersionItem,
} from './entry.ts';
import { isStamp } from './version-stamp.ts';

/** How entries are written. */
export interface EntryRules {
  /** The transcoder of the user's values. */
  readonly transcoder: Transcoder<unknown>;
  /** An empty item is the stub of a lease, so that an empty value needs an envelope. */
  readonly emptyIsStub: boolean;
  /** Other clients read the entries: values never get an envelope of their own accord. */
  readonly isShared?: boolean | undefined;
}

/** The bytes of a value, which are not encoded again: `encode` passes them on. */
export class EncodedEntry implements Encoded {
  readonly data: string | Uint8Array;
  readonly flags: number;

  constructor(data: string | Uint8Array, flags: number) {
    this.data = data;
    this.flags = flags;
  }
}

/** The bytes of a value before it is made an entry. */
export interface EncodedValue extends Encoded {
  /** Without an envelope it would be read as something else. */
  readonly needsEnvelope: boolean;
}

/** Bytes of items, without their keys. */
export interface Traffic {
  read: number;
  written: number;
}

const noHead: EntryHead = Object.freeze({});

/** Values and marks ⇄ bytes and client flags. */
export class EntryTranscoder implements Transcoder<unknown> {
  /** The bytes of all items that were read and written so far. */
  readonly traffic: Traffic = { read: 0, written: 0 };
  readonly #inner: Transcoder<unknown>;
  readonly #emptyIsStub: boolean;
  readonly #isShared: boolean;

  constructor({ transcoder, emptyIsStub, isShared = false }: EntryRules) {
    this.#inner = transcoder;
    this.#emptyIsStub = emptyIsStub;
    this.#isShared = isShared;
  }

  /** Throws InvalidArgumentError for what has no bytes. */
  encode(value: unknown): Encoded {
    const write = typeof value === 'object' && value !== null ? findWriter(value) : undefined;
    const encoded = write === undefined ? this.entryOf(this.encodeValue(value)) : write(value as never, this);
    this.traffic.written += encoded.data.length;
    return encoded;
  }

  /** The bytes of a value. Throws InvalidArgumentError for what has none. */
  encodeValue(value: unknown): EncodedValue {
    const { data, flags } = this.#inner.encode(value);
    const isTaken = areEntryFlags(flags) || (data.length === 0 && this.#emptyIsStub) || value instanceof RawValue;
    return { data, flags, needsEnvelope: isTaken && !this.#isShared };
  }

  /** The entry of a value that is encoded: plain, where it needs no head and no envelope. */
  entryOf({ data, flags, needsEnvelope }: EncodedValue, head?: EntryHead): EncodedEntry {
    if (head === undefined && !needsEnvelope) return new EncodedEntry(data, flags);
    return new EncodedEntry(sealEnvelope(data, flags, head ?? noHead), entryFlags.envelope);
  }

  /** The value, an object of `entry.ts` for a mark, or `Undecodable`. */
  decode(stored: StoredValue): unknown {
    const { flags } = stored;
    this.traffic.read += stored.length;
    if (areEntryFlags(flags)) return this.#decodeMark(stored);
    if (stored.length === 0 && flags === 0 && this.#emptyIsStub) return new Stub();
    try {
      const value = this.#inner.decode(stored);
      return value instanceof RawValue ? new Undecodable(flags, foreignFlags) : value;
    } catch (error) {
      return new Undecodable(flags, error);
    }
  }

  /** The value that these bytes are. Throws what the user's transcoder throws. */
  decodeValue(bytes: Buffer, flags: number): unknown {
    return this.#inner.decode(storedBytes(bytes, flags));
  }

  #decodeMark(stored: StoredValue): unknown {
    const { flags } = stored;
    const read = readers.get(flags);
    try {
      return read === undefined ? new Undecodable(flags, foreignFlags) : read(stored, this);
    } catch (error) {
      return new Undecodable(flags, error);
    }
  }
}

const foreignFlags = 'client flags of another client, or of another version of the library';

type Writer = (mark: never, entries: EntryTranscoder) => Encoded;
type Reader = (stored: StoredValue, entries: EntryTranscoder) => unknown;

const writerTable: readonly (readonly [new (...parts: never) => object, Writer])[] = [
  [EncodedEntry, (encoded: EncodedEntry) => encoded],
  [Envelope, ({ value, head }: Envelope, entries) => entries.entryOf(entries.encodeValue(value), head)],
  [Stub, ({ owner }: Stub) => ({ data: owner, flags: entryFlags.stub })],
  [Failed, (failed: Failed) => ({ data: Buffer.from(JSON.stringify(failed)), flags: entryFlags.failed })],
  [Nothing, () => ({ data: '', flags: entryFlags.nothing })],
  [Manifest, (manifest: Manifest) => ({ data: sealManifest(manifest), flags: entryFlags.manifest })],
  [Chunk, ({ bytes }: Chunk) => ({ data: bytes, flags: entryFlags.chunk })],
  [VersionItem, ({ stamp }: VersionItem) => ({ data: stamp, flags: entryFlags.version })],
];

/** By prototype: a look-up costs a value of the user's less than `instanceof` of each class. */
const writers: ReadonlyMap<unknown, Writer> = new Map(
  writerTable.map(([{ prototype }, write]) => [prototype as unknown, write]),
);

const readers: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [entryFlags.envelope, readEnvelope],
  [entryFlags.stub, (stored) => new Stub(stored.text())],
  [entryFlags.failed, readFailed],
  [entryFlags.nothing, readNothing],
  [entryFlags.manifest, (stored) => openManifest(stored.bytes())],
  [entryFlags.chunk, (stored) => new Chunk(stored.bytes())],
  [entryFlags.version, readVersion],
]);

/** Whether it is an object of `entry.ts` other than an envelope, or an entry that is encoded. */
export function isMark(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Envelope) && findWriter(value) !== undefined;
}

function findWriter(value: object): Writer | undefined {
  return writers.get(Object.getPrototypeOf(value));
}

function readEnvelope(stored: StoredValue, entries: EntryTranscoder): Envelope {
  const { flags, head, payload } = openEnvelope(stored.bytes());
  return new Envelope(entries.decodeValue(payload, flags), head);
}

function readFailed(stored: StoredValue): Failed {
  const { at, name, code } = JSON.parse(stored.utf8()) as Record<keyof Failed, unknown>;
  if (Number.isFinite(at) && typeof name === 'string' && (code === undefined || typeof code === 'string'))
    return new Failed(at as number, name, code);
  throw new UndecodableError('a mark of a failure without its fields');
}

function readNothing(stored: StoredValue): Nothing {
  if (stored.length > 0) throw new UndecodableError('a mark of nothing that has bytes');
  return new Nothing();
}

function readVersion(stored: StoredValue): VersionItem {
  const stamp = stored.length > 16 ? '' : stored.text();
  if (!isStamp(stamp)) throw new UndecodableError('a version item without a version');
  return new VersionItem(stamp);
}
