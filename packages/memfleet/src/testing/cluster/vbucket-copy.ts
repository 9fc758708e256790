/**
 * One node's copy of one vBucket (docs/protocols.md#vbuckets):
 *
 *   pending ─▶ active ─▶ dead ─▶ gone          active: serves; at most one in the cluster
 *      ▲          ▲                            replica: receives the active copy's changes, serves GET_REPLICA only
 *   (gone)     replica                         pending: commands wait until the state changes
 *                                              dead: refuses
 */
import type { Clock } from '../../base/clock.ts';
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { ItemStore } from '../../store/item-store.ts';
import type { Item } from '../../store/item.ts';
import { StoreDispatcher } from '../../store/store-dispatcher.ts';
import { Locks } from './locks.ts';

/** How a node treats requests for its copy. */
export type VbucketState = 'active' | 'replica' | 'pending' | 'dead';

/** The options of the stores of copies. */
export interface CopySettings {
  readonly clock: Clock;
  /** The maximum size of a value in bytes. */
  readonly maxValue: number;
}

/** An item counts its key and about 60 bytes beside its value. */
const itemRoom = 512;

/** One node's copy of one vBucket. */
export class VbucketCopy {
  /** Changes with every copy that becomes active without all items of the previous one: part of the mutation token. */
  uuid: bigint;
  /** The number of mutations so far: the other part of the mutation token. */
  seqno = 0;
  readonly locks: Locks = new Locks();
  /** Keys with a durable write that waits for a majority. */
  readonly pendingWrites: Set<string> = new Set();
  readonly #settings: CopySettings;
  #state: VbucketState;
  #dispatcher: StoreDispatcher | undefined;
  #waiting: (() => void)[] = [];

  constructor(state: VbucketState, uuid: bigint, settings: CopySettings) {
    this.#state = state;
    this.uuid = uuid;
    this.#settings = settings;
  }

  get state(): VbucketState {
    return this.#state;
  }

  /** The number of items, including expired ones that were not removed yet. */
  get count(): number {
    return this.#dispatcher?.store.count ?? 0;
  }

  /** Made on first use: most copies of small tests stay empty. */
  get store(): ItemStore {
    return this.#made().store;
  }

  /** Executes a data command in any state. Replies before it returns. */
  dispatch(command: Command, handler: Handler): void {
    this.#made().dispatch(command, handler);
  }

  /** Sets the state. `release` calls those that wait for the end of `pending`. */
  become(state: VbucketState): void {
    this.#state = state;
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
    this.#dispatcher = undefined;
    this.uuid = other.uuid;
    this.seqno = other.seqno;
    if (other.count === 0) return;
    for (const item of other.store.items()) this.take(item.key, item);
  }

  /** Sets the item of a key as in another copy: a copy of the item, or none. */
  take(key: string, item: Item | undefined): void {
    const { store } = this;
    const now = store.tick();
    const present = store.find(key, now);
    if (item === undefined) {
      if (present !== undefined) store.remove(present);
      return;
    }
    store.recas(store.put(present, key, item.value, item.flags, item.exptime, now), item.cas);
  }

  /** The item of a key, unless it has expired. */
  find(key: string): Item | undefined {
    if (this.#dispatcher === undefined) return undefined;
    const { store } = this.#dispatcher;
    return store.find(key, store.tick());
  }

  /** Removes expired items; each call checks some. */
  sweep(limit: number): void {
    this.#dispatcher?.store.sweep(limit);
  }

  #made(): StoreDispatcher {
    const { clock, maxValue } = this.#settings;
    this.#dispatcher ??= new StoreDispatcher({
      store: new ItemStore({ clock, maxBytes: Number.MAX_SAFE_INTEGER, maxItemSize: maxValue + itemRoom }),
    });
    return this.#dispatcher;
  }
}
