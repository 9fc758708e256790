/** Values with the time at which they were stored, under keys within segments. */
import { wallNow } from '../base/real-time.ts';
import { rejected } from '../base/rejected.ts';
import { getAs } from '../client/calls.ts';
import type { Client } from '../client/client.ts';
import { InvalidKeyError } from '../core/errors.ts';
import { KeySpace } from './key-space.ts';
import { secondsOf } from './milliseconds.ts';

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

/** Null: there is none, or its time is over. */
const current = getAs<Envelope, Envelope | null>(
  (found) => (found === undefined || found === null || !(found.stored + found.ttl > wallNow()) ? null : found),
  null,
);

/** The values of one cache. */
export class Envelopes {
  readonly #client: Client;
  readonly #keys: KeySpace;
  /** The segment before, and as it stands in a key. */
  #segment = '';
  #shownSegment = '';

  constructor(client: Client<never>, prefix: string) {
    this.#client = client.with<unknown>({ errors: 'throw' });
    this.#keys = new KeySpace(this.#client, prefix);
  }

  get(key: SegmentKey): Promise<Envelope | null> {
    try {
      return this.#keys.run(current, this.#text(key), undefined);
    } catch (error) {
      return rejected(error);
    }
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
    return this.#keys.wire(this.#text(key));
  }

  #text(key: SegmentKey): string {
    if (typeof key === 'string') return `:${key}`;
    // Every object has the same text.
    if (typeof key.id !== 'string') throw new InvalidKeyError(`a key must be a string, not ${typeof key.id}`);
    if (key.segment !== this.#segment) {
      // Without `:` it is told apart from the key behind it.
      this.#shownSegment = encodeURIComponent(key.segment);
      this.#segment = key.segment;
    }
    return `${this.#shownSegment}:${key.id}`;
  }
}
