/** `client.bucket`: the calls that only Couchbase buckets have. A file beside this one has the rows of each kind. */
import { surplusOf } from '../arguments.ts';
import type { CallOptions } from '../call-options.ts';
import type { Caller } from '../caller.ts';
import type { WithCas } from '../calls.ts';
import { getAndLock, unlock, type UnlockResult } from './locks.ts';

/**
 * Calls that only Couchbase buckets have. Where the fleet is no bucket, each rejects with UnsupportedError. Made by
 * `client.bucket`.
 */
export class Bucket<T> {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * `{ value, cas }`, or `undefined` if there is no item. Locks the item for `seconds` (1 to 30): until then only
   * writes with this `cas` succeed, and each of them, or `unlock`, ends the lock. Everybody can read the item. If it is
   * locked already, or a write meets the lock, the call waits until its deadline, and rejects with a ServerError whose
   * `status` is 9.
   */
  getAndLock<V = T>(
    key: string | Uint8Array,
    seconds: number,
    options?: CallOptions,
    ...none: []
  ): Promise<WithCas<V> | undefined> {
    const getting = this.#caller.run(getAndLock, key, seconds, options, surplusOf(none));
    return getting as Promise<WithCas<V> | undefined>;
  }

  /**
   * Ends the lock that has this `cas`. Returns `'unlocked'`, `'notLocked'` (the time was over), `'locked'` (another
   * caller has the lock) or `'notFound'`.
   */
  unlock(key: string | Uint8Array, cas: bigint, options?: CallOptions, ...none: []): Promise<UnlockResult> {
    return this.#caller.run(unlock, key, cas, options, surplusOf(none));
  }
}
