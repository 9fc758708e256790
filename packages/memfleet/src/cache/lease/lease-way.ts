/**
 * How leases are taken, for each protocol and option.
 *
 *   lease     of a key without value                 of a key with a value
 *   item      its stub: mg N, or add and gets        the item beside it
 *   beside    the item beside it                     the item beside it
 *   false     none                                   none
 *
 * An item beside is taken together with a second look at the key, in one write and in this order. The previous
 * holder stores its value before it releases the lease, so the second look sees a value that was refreshed meanwhile.
 */
import { UnsupportedError } from '../../core/errors.ts';
import { Failed, Stub } from '../entry.ts';
import type { CacheItem, ItemReadOptions } from '../item-calls.ts';
import { areTogether, isOwn, type LeaseEnvironment, Token } from './token.ts';

/** The result of taking the lease beside a key. */
export type Taken =
  /** `epoch`: that of the item. */
  | { readonly kind: 'won'; readonly token: Token | undefined; readonly epoch: number }
  | { readonly kind: 'held' | 'changed' }
  | { readonly kind: 'failed'; readonly mark: Failed };

/** Takes leases. */
export class LeaseWay {
  readonly #environment: LeaseEnvironment;
  readonly #lease: 'item' | 'beside' | false;
  readonly #readOptions: ItemReadOptions | undefined;
  /** Some node speaks no meta protocol. */
  #hasClassic = false;

  constructor(environment: LeaseEnvironment, lease: 'item' | 'beside' | false) {
    this.#environment = environment;
    this.#lease = lease;
    this.#readOptions = lease === 'item' ? { lease: environment.leaseTtl } : undefined;
  }

  /** Some node speaks no meta protocol. */
  get hasClassic(): boolean {
    return this.#hasClassic;
  }

  get lease(): 'item' | 'beside' | false {
    return this.#lease;
  }

  /** Reads a key, and takes its lease where there is nothing and the lease is the item. */
  read(key: string): Promise<CacheItem | undefined> {
    if (this.#hasClassic && this.#readOptions !== undefined && this.#isClassic(key)) return this.#readClassic(key);
    return this.#environment.calls.getItem(key, this.#readOptions);
  }

  /** The same for many keys, in one write for each node. */
  readMany(keys: readonly string[]): Promise<ReadonlyMap<string, CacheItem>> {
    if (!this.#hasClassic || this.#readOptions === undefined)
      return this.#environment.calls.getItems(keys, this.#readOptions);
    return this.#readEach(keys);
  }

  async #readEach(keys: readonly string[]): Promise<ReadonlyMap<string, CacheItem>> {
    const read = await Promise.all(keys.map(async (key) => [key, await this.read(key)] as const));
    return new Map(read.filter((pair): pair is readonly [string, CacheItem] => pair[1] !== undefined));
  }

  /** Whether a read that failed like this works in another way: its node speaks no meta protocol. */
  adapt(error: unknown): boolean {
    if (!(error instanceof UnsupportedError)) return false;
    this.#hasClassic = true;
    return true;
  }

  /** The lease of a key without value, which `read` has won. */
  own(key: string, cas: bigint, epoch: number): Token {
    return new Token(this.#environment, key, undefined, cas, epoch);
  }

  /** Takes the lease beside a key whose item has this cas; undefined: it has no item. */
  async takeBeside(key: string, lock: string, cas: bigint | undefined): Promise<Taken> {
    if (this.#lease === false)
      return { kind: 'won', token: undefined, epoch: this.#environment.calls.nodeInfo(key)?.epoch ?? 0 };
    const [item, now] = await this.#takeAndLook(key, lock);
    const token = isWon(item) ? new Token(this.#environment, lock, key, item.cas, item.epoch) : undefined;
    if (now?.cas !== cas) {
      await token?.drop();
      return { kind: 'changed' };
    }
    if (token !== undefined) return { kind: 'won', token, epoch: now?.epoch ?? 0 };
    return item?.value instanceof Failed ? { kind: 'failed', mark: item.value } : { kind: 'held' };
  }

  async #takeAndLook(key: string, lock: string): Promise<readonly [CacheItem | undefined, CacheItem | undefined]> {
    const { calls } = this.#environment;
    const taking = this.#take(lock, key);
    if (!areTogether(calls, key)) await taking;
    const looking = calls.getItem(key, { withoutValue: true });
    return Promise.all([taking, looking]);
  }

  #take(key: string, routingKey: string | undefined): Promise<CacheItem | undefined> {
    if (this.#isClassic(routingKey ?? key)) return this.#takeClassic(key, routingKey);
    return this.#environment.calls.getItem(key, { lease: this.#environment.leaseTtl, routingKey });
  }

  async #readClassic(key: string): Promise<CacheItem | undefined> {
    return (await this.#environment.calls.getItem(key)) ?? this.#takeClassic(key, undefined);
  }

  /** Without `mg N`: `add` wins or not, and a `gets` in the same write shows whose stub it is. */
  async #takeClassic(key: string, routingKey: string | undefined): Promise<CacheItem | undefined> {
    const { calls, leaseTtl, owner } = this.#environment;
    const adding = calls.setItem(key, new Stub(owner), { mode: 'add', ttl: leaseTtl, routingKey });
    const [added, seen] = await Promise.all([adding, calls.getItem(key, { routingKey })]);
    const isStillOwn = added.result === 'stored' && seen !== undefined && isOwn(seen.value, owner);
    return isStillOwn ? { ...seen, value: undefined, won: true, held: false } : seen;
  }

  #isClassic(key: string): boolean {
    const protocol = this.#environment.calls.nodeInfo(key)?.protocol;
    return protocol === 'text' || protocol === 'binary';
  }
}

/** Whether a read has won the lease. The token of an item that has a value means nothing. */
export function isWon(item: CacheItem | undefined): item is CacheItem {
  return item !== undefined && item.won && item.value === undefined;
}
