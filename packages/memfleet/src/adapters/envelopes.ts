/** Values with the time at which they were stored, under keys within segments. */
import { wallNow } from '../base/real-time.ts';
import type { Client } from '../client/client.ts';
import { InvalidKeyError } from '../core/errors.ts';
import { secondsOf } from './milliseconds.ts';
import { wireKey } from './wire-key.ts';

/** A key, alone or within a segment. */
export type SegmentKey = string | { readonly segment: string; readonly id: string };

/** A value as it was stored. */
export interface Envelope<V = unknown> {
  /** The value. */
  readonly item: V;
  /** Milliseconds since 1970. */
  readonly stored: number;
  /** The time to live that it was stored with, in milliseconds. */
  readonly ttl: number;
}

/** The values of one cache. */
export class Envelopes {
  readonly #client: Client;
  readonly #prefix: string;
  readonly #room: number;

  constructor(client: Client<never>, prefix: string) {
    this.#client = client.with<unknown>({ errors: 'throw' });
    this.#prefix = prefix;
    this.#room = client.items.limits.maxKeyLength;
  }

  async get(key: SegmentKey): Promise<Envelope | null> {
    const found = await this.#client.get<Envelope | null>(this.#key(key));
    return found === undefined || found === null || !(found.stored + found.ttl > wallNow()) ? null : found;
  }

  async set(key: SegmentKey, item: unknown, ttl: number): Promise<void> {
    const seconds = secondsOf(ttl);
    if (seconds === -1) await this.drop(key);
    else await this.#client.set(this.#key(key), { item, stored: wallNow(), ttl }, { ttl: seconds });
  }

  async drop(key: SegmentKey): Promise<boolean> {
    return this.#client.delete(this.#key(key));
  }

  #key(key: SegmentKey): string {
    // Every object has the same text.
    if (typeof key !== 'string' && typeof key.id !== 'string')
      throw new InvalidKeyError(`a key must be a string, not ${typeof key.id}`);
    // A segment without `:` is told apart from the key behind it.
    const text = typeof key === 'string' ? `:${key}` : `${encodeURIComponent(key.segment)}:${key.id}`;
    return wireKey(this.#prefix, text, this.#room);
  }
}
