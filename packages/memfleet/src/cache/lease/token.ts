/** The token of a lease: what this process holds, known by its cas. */
import type { Clock } from '../../base/clock.ts';
import { InvalidArgumentError, MemcacheError, ValueTooLargeError } from '../../core/errors.ts';
import { Stub } from '../entry.ts';
import type { ItemCalls, NodeInfo } from '../item-calls.ts';

/** What leases need. */
export interface LeaseEnvironment {
  readonly calls: ItemCalls;
  readonly clock: Clock;
  /** Seconds. */
  readonly leaseTtl: number;
  /** Names this process in a stub whose node does not return the cas of a store. */
  readonly owner: string;
}

/**
 * An item that this process made, unchanged as long as its cas is. A write or delete by another process, or a restart
 * of the node, ends the token: every call gives false then.
 */
export class Token {
  readonly key: string;
  readonly #environment: LeaseEnvironment;
  readonly #routingKey: string | undefined;
  readonly #epoch: number;
  #cas: bigint;
  #isLost = false;

  /** `routingKey`: the item lives on the node of that key. `epoch`: in which the cas was read. */
  constructor(environment: LeaseEnvironment, key: string, routingKey: string | undefined, cas: bigint, epoch: number) {
    this.#environment = environment;
    this.key = key;
    this.#routingKey = routingKey;
    this.#cas = cas;
    this.#epoch = epoch;
  }

  /** The current cas; undefined: the token is worth nothing. */
  get cas(): bigint | undefined {
    if (this.#node?.epoch !== this.#epoch) this.#isLost = true;
    return this.#isLost ? undefined : this.#cas;
  }

  /** Makes the stub live anew. */
  renew(): Promise<boolean> {
    const { leaseTtl, owner } = this.#environment;
    return this.put(new Stub(this.#isText ? owner : ''), leaseTtl);
  }

  /** Writes something in its place. `ttl`: seconds. False: the token is lost. */
  async put(value: unknown, ttl: number): Promise<boolean> {
    const { cas } = this;
    if (cas === undefined) return false;
    const { calls } = this.#environment;
    const routing = { routingKey: this.#routingKey };
    try {
      const storing = calls.setItem(this.key, value, { ...routing, cas, ttl });
      const reading = this.#isText && value instanceof Stub ? calls.getItem(this.key, routing) : undefined;
      const [stored, seen] = await Promise.all([storing, reading]);
      const newCas =
        reading === undefined ? stored.cas : isOwn(seen?.value, this.#environment.owner) ? seen?.cas : undefined;
      this.#isLost = stored.result !== 'stored' || newCas === undefined;
      this.#cas = newCas ?? 0n;
      return stored.result === 'stored';
    } catch (error) {
      // The node may have stored it under an unknown cas. A command that was not sent was not executed.
      if (error instanceof MemcacheError && error.sent) this.#isLost = true;
      throw error;
    }
  }

  /** Deletes it. */
  async drop(): Promise<void> {
    const { cas } = this;
    if (cas === undefined) return;
    // The classic text protocol has no delete by cas: a stub of one second is the nearest thing.
    if (this.#isText) await this.put(new Stub(), 1);
    else await this.#environment.calls.delete(this.key, { routingKey: this.#routingKey, cas });
    this.#isLost = true;
  }

  get #isText(): boolean {
    return this.#node?.protocol === 'text';
  }

  get #node(): NodeInfo | undefined {
    return this.#environment.calls.nodeInfo(this.key, { routingKey: this.#routingKey });
  }
}

/** Whether a store failed for its value, before anything was sent. */
export function isUnsendable(error: unknown): boolean {
  return error instanceof InvalidArgumentError || error instanceof ValueTooLargeError;
}

/** Whether a stub is that of this process. */
export function isOwn(value: unknown, owner: string): boolean {
  return value instanceof Stub && value.owner === owner;
}

/**
 * Whether calls of a key and of the item beside it leave in one write, in order. In a bucket of Couchbase the item
 * beside may lie on another node; only its protocol tells.
 */
export function areTogether(calls: ItemCalls, key: string): boolean {
  return calls.nodeInfo(key)?.protocol !== 'binary';
}
