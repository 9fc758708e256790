/**
 * One node's copy of one vBucket (docs/protocols.md#vbuckets):
 *
 *   pending ─▶ active ─▶ dead ─▶ gone          active: serves; at most one in the cluster
 *      ▲          ▲                            replica: takes what the active copy stores, serves GET_REPLICA only
 *   (gone)     replica                         pending: commands wait until it is something else
 *                                              dead: refuses
 */
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import { ItemStore } from '../store/item-store.ts';
import type { Item } from '../store/item.ts';
import { StoreDispatcher } from '../store/store-dispatcher.ts';

/** What a node does with requests for its copy. */
export type VbucketState = 'active' | 'replica' | 'pending' | 'dead';

/** What stores of copies are made of. */
export interface CopySettings {
  readonly clock: Clock;
  /** Bytes that a value may have. */
  readonly maxValue: number;
}

/** Beside its value an item counts its key and about 60 bytes. */
const itemRoom = 512;

/** One node's copy of one vBucket. */
export class VbucketCopy {
  /** Changes with every copy that is made active without all that the one before had: part of the mutation token. */
  uuid: bigint;
  /** Mutations so far: the other part. */
  seqno = 0;
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

  /** Items, with those that expired and were not noticed yet. */
  get count(): number {
    return this.#dispatcher?.store.count ?? 0;
  }

  /** Made when it is first needed: most copies of small tests stay empty. */
  get store(): ItemStore {
    return this.#made().store;
  }

  /** Executes a command of the data, whatever the state. Answers before it returns. */
  dispatch(command: Command, handler: Handler): void {
    this.#made().dispatch(command, handler);
  }

  /** Another state from now on. Those who wait for the end of `pending` are called by `release`. */
  become(state: VbucketState): void {
    this.#state = state;
  }

  /** Calls back when it is pending no more. */
  whenDecided(callback: () => void): void {
    this.#waiting.push(callback);
  }

  /** Lets those go on who waited. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  /** Takes all items of another copy in the place of its own. */
  copyFrom(other: VbucketCopy): void {
    this.#dispatcher = undefined;
    this.uuid = other.uuid;
    this.seqno = other.seqno;
    if (other.count === 0) return;
    for (const item of other.store.items()) this.take(item.key, item);
  }

  /** Has the item of a key like another copy: an item to copy, or none. */
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

  /** The item of a key, unless it expired. */
  find(key: string): Item | undefined {
    if (this.#dispatcher === undefined) return undefined;
    const { store } = this.#dispatcher;
    return store.find(key, store.tick());
  }

  /** Removes items that expired; looks at some at each call. */
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
