/**
 * Values larger than an item, in chunks.
 *
 *   storing ─ small ─▶ store(entry)
 *           └ large ─▶ chunks, named by a new id ─ all stored ─▶ store(manifest) ─ stored ─▶ old chunks deleted
 *                                                                 └ refused ─▶ these chunks deleted
 *   join ◀─ manifest ─▶ all chunks in one read ─ length and CRC-32 are right ─▶ value
 *                                              └ one is missing or wrong ─▶ undefined: a miss
 *
 * The id is new with every store, so that chunks of two values never mix. Chunks go to the node of their item: they
 * fail together. They live a minute longer than the manifest, which is read first. The manifest is stored in the turn
 * of its own call, so that what the caller sends in the same turn stays behind it.
 */
import { BoundedMap } from '../base/bounded-map.ts';
import { bufferOf } from '../base/bytes.ts';
import { checksum } from './checksum.ts';
import { EncodedEntry, type EncodedValue, type EntryTranscoder, isMark } from './entry-transcoder.ts';
import { Chunk, type EntryHead, Envelope, Manifest } from './entry.ts';
import type { ItemCalls } from './item-calls.ts';
import type { KeyMaker } from './keys.ts';

/** What chunks depend on. */
export interface ChunkParts {
  /** The calls of a client with the transcoder `entries`. */
  readonly calls: Pick<ItemCalls, 'getItems' | 'setItem' | 'delete' | 'touch'>;
  readonly entries: EntryTranscoder;
  readonly keys: Pick<KeyMaker, 'chunk'>;
  /** The largest item in bytes: key, value and the header of the node. */
  readonly maxItemSize: number;
  /** A new stamp. */
  readonly newId: () => string;
}

/** An entry to be stored. */
export interface ToStore {
  readonly key: string;
  /** A value, an envelope or a mark. */
  readonly entry: unknown;
  /** Seconds; Infinity = no expiry. */
  readonly ttl: number;
}

/** How values are stored that may be larger than an item. */
export interface LargeValues {
  /**
   * Runs `store` with the entry, or, where the value is too large for an item, with the manifest of its chunks, which
   * are stored then. `store` says whether the node took it; it runs at once where the value is small.
   */
  storing(given: ToStore, store: (entry: unknown) => Promise<boolean>): Promise<boolean>;
  /** The value of a manifest; undefined: a chunk is missing or wrong. */
  join(key: string, manifest: Manifest): Promise<{ readonly value: unknown } | undefined>;
  /** Gives the chunks of a value a new ttl, in seconds, before the manifest has it. False: one is missing. */
  touch(key: string, manifest: Manifest, ttl: number): Promise<boolean>;
}

/** Key and header of a chunk have room in it. */
const chunkMargin = 512;
/** The header of an item. */
const itemMargin = 64;
/** Seconds. */
const longerLife = 60;
const mostChunks = 0xffff;
/** Manifests that this process has read, to know the chunks that a store replaces. */
const knownManifests = { maxItems: 1000, maxSize: Infinity };

/** Stores and reads values of any size. */
export class Chunks implements LargeValues {
  readonly #parts: ChunkParts;
  readonly #chunkSize: number;
  readonly #manifests = new BoundedMap<string, Manifest>(knownManifests);

  constructor(parts: ChunkParts) {
    this.#parts = parts;
    this.#chunkSize = Math.max(1, parts.maxItemSize - chunkMargin);
  }

  storing(given: ToStore, store: (entry: unknown) => Promise<boolean>): Promise<boolean> {
    if (isMark(given.entry)) return this.#replacing(given.key, store(given.entry));
    const { entries, maxItemSize } = this.#parts;
    const isEnvelope = given.entry instanceof Envelope;
    const head = isEnvelope ? given.entry.head : undefined;
    const encoded = entries.encodeValue(isEnvelope ? given.entry.value : given.entry);
    const entry = entries.entryOf(encoded, head);
    const size = Buffer.byteLength(given.key) + entry.data.length + itemMargin;
    if (size <= maxItemSize) return this.#replacing(given.key, store(entry));
    return this.#replacing(given.key, this.#storeChunks(given, encoded, head ?? {}, store));
  }

  async join(key: string, manifest: Manifest): Promise<{ readonly value: unknown } | undefined> {
    this.#manifests.set(key, manifest, 0);
    const names = this.#namesOf(key, manifest);
    const found = await this.#parts.calls.getItems(names, { routingKey: key });
    const parts: Uint8Array[] = [];
    for (const name of names) {
      const part = found.get(name)?.value;
      if (!(part instanceof Chunk)) return undefined;
      parts.push(part.bytes);
    }
    const bytes = Buffer.concat(parts);
    if (bytes.length !== manifest.length || checksum(bytes) !== manifest.crc) return undefined;
    try {
      return { value: this.#parts.entries.decodeValue(bytes, manifest.flags) };
    } catch {
      return undefined;
    }
  }

  async touch(key: string, manifest: Manifest, ttl: number): Promise<boolean> {
    const touching = this.#namesOf(key, manifest).map((name) =>
      this.#parts.calls.touch(name, ttl + longerLife, { routingKey: key }),
    );
    return (await Promise.all(touching)).every(Boolean);
  }

  async #storeChunks(
    { key, ttl }: ToStore,
    { data, flags }: EncodedValue,
    head: EntryHead,
    store: (entry: unknown) => Promise<boolean>,
  ): Promise<boolean> {
    const { calls, newId } = this.#parts;
    const bytes = bufferOf(data);
    const count = Math.ceil(bytes.length / this.#chunkSize);
    // Too large for chunks as well: the client refuses it.
    if (count > mostChunks) return store(new EncodedEntry(bytes, flags));
    const manifest = new Manifest({ id: newId(), count, length: bytes.length, crc: checksum(bytes), flags, head });
    const chunks = this.#namesOf(key, manifest).map((name, at) => {
      const part = bytes.subarray(at * this.#chunkSize, (at + 1) * this.#chunkSize);
      return calls.setItem(name, new Chunk(part), { ttl: ttl + longerLife, routingKey: key });
    });
    try {
      await Promise.all(chunks);
      const isStored = await store(manifest);
      if (!isStored) this.#deleteChunks(key, manifest);
      return isStored;
    } catch (error) {
      await Promise.allSettled(chunks);
      this.#deleteChunks(key, manifest);
      throw error;
    }
  }

  /** Deletes the chunks of the value before, once another is stored. */
  async #replacing(key: string, storing: Promise<boolean>): Promise<boolean> {
    const old = this.#manifests.peek(key);
    if (old === undefined) return storing;
    const isStored = await storing;
    if (isStored) {
      if (this.#manifests.peek(key) === old) this.#manifests.delete(key);
      this.#deleteChunks(key, old);
    }
    return isStored;
  }

  #namesOf(key: string, { id, count }: Manifest): string[] {
    return Array.from({ length: count }, (_, at) => this.#parts.keys.chunk(key, id, at));
  }

  /** Nobody waits for it: chunks that stay end by their ttl. */
  #deleteChunks(key: string, manifest: Manifest): void {
    for (const name of this.#namesOf(key, manifest))
      this.#parts.calls.delete(name, { routingKey: key }).catch(() => {});
  }
}

/** Every value is one item: the client refuses a larger one. Chunks that another cache stored are read. */
export function wholeValues(chunks: LargeValues): LargeValues {
  return {
    storing: ({ entry }, store) => store(entry),
    join: (key, manifest) => chunks.join(key, manifest),
    touch: (key, manifest, ttl) => chunks.touch(key, manifest, ttl),
  };
}
