/** `client.bucket`: the calls that only Couchbase buckets have. A file beside this one has the rows of each kind. */
import { surplusOf } from '../arguments.ts';
import type { CallOptions, DeleteOptions, ItemStoreOptions, MutateInOptions, ScanOptions } from '../call-options.ts';
import type { Caller } from '../caller.ts';
import type { WithCas } from '../calls.ts';
import { getAndLock, unlock, type UnlockResult } from './locks.ts';
import type { Found, LookupSpec, LookupValues } from './lookup-specs.ts';
import { exists } from './metadata.ts';
import type { Mutated, MutationSpec, MutationValues } from './mutation-specs.ts';
import type { ScanItem } from './scan-item.ts';
import { scanPart } from './scan-part.ts';
import * as stored from './stored.ts';
import type { BucketDeleteResult, BucketStoreResult } from './stored.ts';
import { lookupIn, mutateIn } from './sub-documents.ts';

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
   * `{ value, cas }`, or `undefined` if there is no item. Locks the item for `seconds` (1 to 30): meanwhile anyone can
   * read it, and only writes with this `cas` succeed. Such a write, or `unlock`, ends the lock. Other writes, and
   * another `getAndLock`, wait for the end of the lock; at their deadline they reject with a ServerError whose `status`
   * is 9.
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
   * Ends the lock that has this `cas`. Returns `'unlocked'`, `'notLocked'` (the lock had expired), `'locked'` (another
   * caller has the lock) or `'notFound'`.
   */
  unlock(key: string | Uint8Array, cas: bigint, options?: CallOptions, ...none: []): Promise<UnlockResult> {
    return this.#caller.run(unlock, key, cas, options, surplusOf(none));
  }

  /**
   * Stores the value, as `client.items.set`. Returns `{ result, cas, token }`: `'stored'`, `'exists'`, `'notFound'` or
   * `'notStored'`; the new cas; the mutation token `{ vbucket, uuid, seqno }`.
   */
  set(
    key: string | Uint8Array,
    value: T,
    options?: number | ItemStoreOptions,
    ...none: []
  ): Promise<BucketStoreResult> {
    return this.#caller.run(stored.set, key, value, options, surplusOf(none));
  }

  /**
   * Deletes the item. Returns `{ result, cas, token }`: `'deleted'`, `'exists'` (it has another cas) or `'notFound'`;
   * the cas and the mutation token of the deletion.
   */
  delete(key: string | Uint8Array, options?: DeleteOptions, ...none: []): Promise<BucketDeleteResult> {
    return this.#caller.run(stored.delete, key, undefined, options, surplusOf(none));
  }

  /** Whether there is an item. Its value is not sent, and the call is not an access of the item. */
  exists(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(exists, key, undefined, options, surplusOf(none));
  }

  /**
   * Reads up to 16 parts of a JSON document in one step: `{ values, cas }`, or `undefined` if there is no document. The
   * spec `'user.tags[0]'`, or `['user', 'tags', 0]`, returns the value at that path; `{ exists: path }` whether there
   * is one; `{ count: path }` the number of elements or members. A path without a value gives `undefined`, or false.
   * Integers beyond 2^53−1 are bigints. Rejects with a SubDocumentError if a path is invalid or the item is not JSON.
   */
  lookupIn<const Specs extends readonly LookupSpec[]>(
    key: string | Uint8Array,
    specs: Specs,
    options?: CallOptions,
    ...none: []
  ): Promise<Found<LookupValues<Specs>> | undefined> {
    const found = this.#caller.run(lookupIn(), key, specs, options, surplusOf(none));
    return found as Promise<Found<LookupValues<Specs>> | undefined>;
  }

  /**
   * Makes up to 16 changes to a JSON document in one step: all of them, or none. `{ set: path, value }`, `add`,
   * `replace`, `delete`, `push`, `unshift`, `insert`, `pushUnique`, `{ incr: path, by }` and `decr`. Returns
   * `{ result, cas, token, values }`: `'stored'`, `'exists'` (the option `cas` is another, or with the mode `add` there
   * is a document) or `'notFound'`; the new cas; the mutation token; the new numbers of `incr` and `decr`. Rejects with
   * a SubDocumentError, which has the `index` of the change and a `reason`, if a path fails.
   */
  mutateIn<const Specs extends readonly MutationSpec[]>(
    key: string | Uint8Array,
    specs: Specs,
    options?: MutateInOptions,
    ...none: []
  ): Promise<Mutated<MutationValues<Specs>>> {
    const mutated = this.#caller.run(mutateIn(), key, specs, options, surplusOf(none));
    return mutated as Promise<Mutated<MutationValues<Specs>>>;
  }

  /**
   * Scans all keys, or those of a range, for use in `for await`: items `{ key, value, flags, cas, ttl }`, or keys with
   * `keysOnly`. The keys of one vBucket come in order, vBuckets in no particular order. Every item that exists
   * throughout the scan comes exactly once, also while nodes join and leave. A slow consumer holds the scan up; leaving
   * the loop ends it. Needs Couchbase 7.6.
   */
  scan(options: ScanOptions & { readonly keysOnly: true }, ...none: []): AsyncGenerator<string, void, undefined>;
  scan<V = T>(
    options?: ScanOptions & { readonly keysOnly?: false | undefined },
    ...none: []
  ): AsyncGenerator<ScanItem<V>, void, undefined>;
  scan<V = T>(options: ScanOptions, ...none: []): AsyncGenerator<ScanItem<V> | string, void, undefined>;
  scan<V = T>(options?: ScanOptions, ...none: []): AsyncGenerator<ScanItem<V> | string, void, undefined> {
    const { scan = scanLater } = scanPart.value ?? {};
    const found = scan(this.#caller, options, surplusOf(none));
    return found as AsyncGenerator<ScanItem<V> | string, void, undefined>;
  }
}

/** A scan whose part of the library is loaded with the first request of its consumer. */
async function* scanLater(
  caller: Caller,
  options: ScanOptions | undefined,
  surplus: unknown,
): AsyncGenerator<ScanItem<unknown> | string, void, undefined> {
  const { scan } = await scanPart.load();
  yield* scan(caller, options, surplus);
}
