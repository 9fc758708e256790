/**
 * A lease that this process holds while its loader runs. It is renewed, and ends with one of: store, fail, give back.
 *
 *   own      the lease is the stub under the key itself       store: the stub becomes the value
 *   beside   the lease is an item beside the key              store: value by the cas of the old one, lease given back
 *   none     nobody else is asked                             store: over the old value, or where nothing is
 */
import type { Timer } from '../../base/clock.ts';
import { Nothing } from '../entry.ts';
import type { ItemStored } from '../item-calls.ts';
import { areTogether, type LeaseEnvironment, type Token } from './token.ts';

/** What stood under the key when the lease was taken. */
export interface Place {
  readonly key: string;
  /** Of the old value; undefined: there was none. */
  readonly cas: bigint | undefined;
  /** The epoch in which the cas was read. */
  readonly epoch: number;
}

/** Counts what happens to leases. */
export interface LeaseCounters {
  renewed: number;
  lost: number;
}

/** Ends of a load, as its lease takes them. */
export class Lease {
  readonly #environment: LeaseEnvironment;
  readonly #counters: LeaseCounters;
  readonly #place: Place;
  readonly #token: Token | undefined;
  readonly #onLost: () => void;
  #timer: Timer | undefined;
  #renewing: Promise<unknown> | undefined;
  #isLost = false;

  /** No token: nobody else is asked. `onLost`: called when a renewal is refused. */
  constructor(
    environment: LeaseEnvironment,
    counters: LeaseCounters,
    place: Place,
    token: Token | undefined,
    onLost: () => void,
  ) {
    this.#environment = environment;
    this.#counters = counters;
    this.#place = place;
    this.#token = token;
    this.#onLost = onLost;
  }

  /** Renews it from now on, three times in its life. */
  keep(): void {
    if (this.#token === undefined) return;
    const { clock, leaseTtl } = this.#environment;
    const renew = (): void => {
      this.#renewing = this.#renew(this.#token as Token);
    };
    // The loader keeps the process running; its lease does not.
    this.#timer = clock.setTimer((leaseTtl * 1000) / 3, renew, false);
  }

  async #renew(token: Token): Promise<void> {
    // A renewal that was not sent is tried again.
    const isKept = await token.renew().catch(() => token.cas !== undefined);
    // The load has ended meanwhile.
    if (this.#timer === undefined) return;
    if (isKept) {
      this.#counters.renewed++;
      this.keep();
    } else this.#lose();
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#counters.lost++;
    this.#onLost();
  }

  /** Ends the renewal; the cas is known then. */
  async stop(): Promise<void> {
    this.#timer?.clear();
    this.#timer = undefined;
    await this.#renewing;
  }

  /** Stores the loaded value. False: refused, since the key was written or deleted meanwhile, or the lease was lost. */
  async store(entry: unknown, ttl: number): Promise<boolean> {
    const token = this.#token;
    if (token?.key === this.#place.key) return token.put(entry, ttl);
    return this.#place.cas === undefined ? this.#addEntry(entry, ttl) : this.#replaceEntry(this.#place.cas, entry, ttl);
  }

  /** The loader gave nothing, and nothing is to be stored. */
  async remove(): Promise<void> {
    const { key, cas, epoch } = this.#place;
    if (cas === undefined || this.#token?.key === key) {
      await this.giveBack();
      return;
    }
    const { calls } = this.#environment;
    if (calls.nodeInfo(key)?.epoch !== epoch) return;
    const isText = calls.nodeInfo(key)?.protocol === 'text';
    const removing = isText ? calls.setItem(key, new Nothing(), { cas, ttl: 1 }) : calls.delete(key, { cas });
    await Promise.all([removing, this.giveBack()]);
  }

  /** Marks that the loader failed. `ttl`: seconds; 0 = the lease is given back. */
  async fail(mark: unknown, ttl: number): Promise<void> {
    if (ttl === 0) await this.giveBack();
    else await this.#token?.put(mark, ttl);
  }

  async giveBack(): Promise<void> {
    await this.#token?.drop();
  }

  async #replaceEntry(cas: bigint, entry: unknown, ttl: number): Promise<boolean> {
    const { key, epoch } = this.#place;
    const { calls } = this.#environment;
    if (calls.nodeInfo(key)?.epoch !== epoch) return false;
    return this.#thenGiveBack(calls.setItem(key, entry, { cas, ttl }));
  }

  /** A delete of the key deletes the lease beside it as well, so the lease is looked at first. */
  async #addEntry(entry: unknown, ttl: number): Promise<boolean> {
    const { key } = this.#place;
    const { calls } = this.#environment;
    const token = this.#token;
    if (token !== undefined) {
      const held = await calls.getItem(token.key, { routingKey: key, withoutValue: true });
      if (token.cas === undefined || held?.cas !== token.cas) return false;
    }
    return this.#thenGiveBack(calls.setItem(key, entry, { mode: 'add', ttl }));
  }

  /** In one write, in this order: the next holder of the lease sees the new value. */
  async #thenGiveBack(storing: Promise<ItemStored>): Promise<boolean> {
    if (!areTogether(this.#environment.calls, this.#place.key)) await storing;
    const [{ result }] = await Promise.all([storing, this.giveBack()]);
    return result === 'stored';
  }
}
