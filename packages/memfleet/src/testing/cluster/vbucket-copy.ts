/**
 * One node's copy of one vBucket (docs/protocols.md#vbuckets):
 *
 *   pending ─▶ active ─▶ dead ─▶ gone          active: serves; at most one in the cluster
 *      ▲          ▲                            replica: receives the active copy's changes, serves GET_REPLICA only
 *   (gone)     replica                         pending: commands wait until the state changes
 *                                              dead: refuses
 */
import { CollectionCopy, type CopySettings } from './collection-copy.ts';
import { defaultCollection } from './manifest.ts';
import { RangeScans } from './range-scans.ts';

/** How a node treats requests for its copy. */
export type VbucketState = 'active' | 'replica' | 'pending' | 'dead';

/** One node's copy of one vBucket. */
export class VbucketCopy {
  /** Changes with every copy that becomes active without all items of the previous one: part of the mutation token. */
  uuid: bigint;
  /** The number of mutations so far: the other part of the mutation token. */
  seqno = 0;
  /** Scans end with the state `active`. */
  readonly scans: RangeScans;
  readonly #settings: CopySettings;
  /** By id; made on first use. */
  readonly #collections = new Map<number, CollectionCopy>();
  #state: VbucketState;
  #waiting: (() => void)[] = [];

  constructor(state: VbucketState, uuid: bigint, settings: CopySettings) {
    this.#state = state;
    this.uuid = uuid;
    this.scans = new RangeScans(settings.randomBytes);
    this.#settings = settings;
  }

  get state(): VbucketState {
    return this.#state;
  }

  /** The number of items, including expired ones that were not removed yet. */
  get count(): number {
    let count = 0;
    for (const collection of this.#collections.values()) count += collection.count;
    return count;
  }

  /** The collections that were used so far. */
  get collections(): Iterable<CollectionCopy> {
    return this.#collections.values();
  }

  /** The items of a collection. */
  collection(id: number = defaultCollection): CollectionCopy {
    let collection = this.#collections.get(id);
    if (collection === undefined) {
      collection = new CollectionCopy(this, id, this.#settings);
      this.#collections.set(id, collection);
    }
    return collection;
  }

  /** Removes a collection with its items. */
  dropCollection(id: number): void {
    this.#collections.delete(id);
  }

  /** Sets the state. `release` calls those that wait for the end of `pending`. */
  become(state: VbucketState): void {
    this.#state = state;
    if (state !== 'active') this.scans.closeAll();
  }

  /** Calls back when it is no longer pending. */
  whenDecided(callback: () => void): void {
    this.#waiting.push(callback);
  }

  /** Resumes the waiting commands. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  /** Replaces its items by those of another copy. */
  copyFrom(other: VbucketCopy): void {
    this.#collections.clear();
    this.scans.closeAll();
    this.uuid = other.uuid;
    this.seqno = other.seqno;
    for (const collection of other.collections)
      if (collection.count > 0) this.collection(collection.id).copyFrom(collection);
  }

  /** Removes expired items; each call checks some. */
  sweep(limit: number): void {
    for (const collection of this.#collections.values()) collection.sweep(limit);
  }
}
