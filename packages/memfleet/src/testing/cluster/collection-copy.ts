/** The items of one collection in one node's copy of one vBucket. Commands about items see nothing else. */
import type { RandomBytes } from '../../base/chance.ts';
import type { Clock } from '../../base/clock.ts';
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { datatype } from '../../protocol/binary/header.ts';
import { ItemStore } from '../../store/item-store.ts';
import type { Item } from '../../store/item.ts';
import { StoreDispatcher } from '../../store/store-dispatcher.ts';
import { Locks } from './locks.ts';
import { type CompressionMode, packedValue, plainValue, typeOfValue } from './value-types.ts';

/** The options of the stores of copies. */
export interface CopySettings {
  readonly clock: Clock;
  /** The maximum size of a value in bytes. */
  readonly maxValue: number;
  /** For the uuids of buckets and copies, and the ids of scans. */
  readonly randomBytes: RandomBytes;
}

/** What a copy has of one key. */
export interface KeyState {
  readonly key: string;
  /** Undefined = no item. */
  readonly item: Pick<Item, 'value' | 'flags' | 'exptime' | 'cas'> | undefined;
  /** The extended attributes: a JSON object as byte string. */
  readonly attributes: string | undefined;
  readonly datatype: number;
}

/** The state of a vBucket's copy that its collections share. */
export interface VbucketHistory {
  /** Changes with every copy that becomes active without all items of the previous one: part of the mutation token. */
  uuid: bigint;
  /** The number of mutations so far: the other part of the mutation token. */
  seqno: number;
}

/** An item counts its key and about 60 bytes beside its value. */
const itemRoom = 512;

/** The items of one collection in one copy of a vBucket. */
export class CollectionCopy {
  /** The id of the collection. */
  readonly id: number;
  /** The history of the vBucket, which has one for all its collections. */
  readonly history: VbucketHistory;
  readonly locks: Locks = new Locks();
  /** The extended attributes of items: JSON objects as byte strings, by key. */
  readonly attributes: Map<string, string> = new Map();
  /** Keys with a durable write that waits for a majority. */
  readonly pendingWrites: Set<string> = new Set();
  /** The datatypes of the items that have one; those of items that are gone stay until the next sweep. */
  readonly #types = new Map<string, number>();
  readonly #settings: CopySettings;
  #dispatcher: StoreDispatcher | undefined;

  constructor(history: VbucketHistory, id: number, settings: CopySettings) {
    this.history = history;
    this.id = id;
    this.#settings = settings;
  }

  get uuid(): bigint {
    return this.history.uuid;
  }

  get seqno(): number {
    return this.history.seqno;
  }

  /** The number of items, including expired ones that were not removed yet. */
  get count(): number {
    return this.#dispatcher?.store.count ?? 0;
  }

  /** Made on first use: most copies of small tests stay empty. */
  get store(): ItemStore {
    return this.#made().store;
  }

  /** Executes a data command in any state of the vBucket. Replies before it returns. */
  dispatch(command: Command, handler: Handler): void {
    this.#made().dispatch(command, handler);
  }

  /** Adds the items of another copy of the collection. */
  copyFrom(other: CollectionCopy): void {
    for (const item of other.store.items()) this.take(other.stateOf(item.key, item));
  }

  /** A key and its item, which may be none. */
  stateOf(key: string, item: Item | undefined): KeyState {
    const type = item === undefined ? datatype.raw : this.typeOf(key);
    return { key, item, attributes: this.attributes.get(key), datatype: type };
  }

  /** Sets the item of a key as in another copy of the collection: with its attributes and datatype, or none. */
  take({ attributes, datatype: type, item, key }: KeyState): void {
    this.describe(key, attributes);
    this.#setType(key, type);
    const { store } = this;
    const now = store.tick();
    const present = store.find(key, now);
    if (item === undefined) {
      if (present !== undefined) store.remove(present);
      return;
    }
    store.recas(store.put(present, key, item.value, item.flags, item.exptime, now), item.cas);
  }

  /** Sets the extended attributes of a key; undefined = none. */
  describe(key: string, attributes: string | undefined): void {
    if (attributes === undefined) this.attributes.delete(key);
    else this.attributes.set(key, attributes);
  }

  /** The item of a key, unless it has expired. */
  find(key: string): Item | undefined {
    if (this.#dispatcher === undefined) return undefined;
    const { store } = this.#dispatcher;
    return store.find(key, store.tick());
  }

  /** The datatype of the item of a key. */
  typeOf(key: string): number {
    return this.#types.get(key) ?? datatype.raw;
  }

  /** The value of an item, uncompressed. */
  plainValue(item: Item): Uint8Array {
    return plainValue(item.value, this.typeOf(item.key), this.#settings.maxValue);
  }

  /** Stores the value of a key uncompressed, for a command that changes a part of it. */
  unpack(key: string): void {
    const item = this.find(key);
    if (item === undefined || (this.typeOf(key) & datatype.snappy) === 0) return;
    this.#replaceValue(item, this.plainValue(item));
    this.#setType(key, this.typeOf(key) & ~datatype.snappy);
  }

  /** Called when a key has a new value. `isPacked`: it is compressed. In mode `active` it is compressed now. */
  retype(key: string, isPacked: boolean, mode: CompressionMode): void {
    const item = this.find(key);
    if (item === undefined) return;
    const packedType = isPacked ? datatype.snappy : datatype.raw;
    const json = typeOfValue(plainValue(item.value, packedType, this.#settings.maxValue));
    const packed = isPacked || mode !== 'active' ? undefined : packedValue(item.value);
    if (packed !== undefined) this.#replaceValue(item, packed);
    this.#setType(key, json | (packed === undefined ? packedType : datatype.snappy));
  }

  /** Removes expired items; each call checks some. */
  sweep(limit: number): void {
    this.#dispatcher?.store.sweep(limit);
    if (this.#types.size <= 2 * this.count + limit) return;
    for (const key of this.#types.keys()) if (this.find(key) === undefined) this.#types.delete(key);
  }

  #setType(key: string, type: number): void {
    if (type === datatype.raw) this.#types.delete(key);
    else this.#types.set(key, type);
  }

  #replaceValue(item: Item, value: Uint8Array): void {
    const { store } = this;
    const { cas, exptime, flags, key } = item;
    store.recas(store.put(item, key, value, flags, exptime, store.tick()), cas);
  }

  #made(): StoreDispatcher {
    const { clock, maxValue } = this.#settings;
    this.#dispatcher ??= new StoreDispatcher({
      store: new ItemStore({ clock, maxBytes: Number.MAX_SAFE_INTEGER, maxItemSize: maxValue + itemRoom }),
    });
    return this.#dispatcher;
  }
}
