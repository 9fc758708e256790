/** `memfleet/adapters/catbox`: an engine for catbox, the cache of hapi. */
import type { Client } from '../client/client.ts';
import { type Envelope, Envelopes } from './envelopes.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';

export type { Envelope, PrefixOptions };

/** The key of an item. */
export interface CatboxKey {
  /** The name of the segment. */
  readonly segment: string;
  /** The key within it. */
  readonly id: string;
}

/** An engine for `new Catbox.Client(engine)` and `provisionEngine` of hapi. What fails rejects. */
export class CatboxEngine {
  readonly #items: Envelopes;
  #isStarted = false;

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    this.#items = new Envelopes(client, prefixOf(options, 'catbox:'));
  }

  /** The client connects by itself. */
  async start(): Promise<void> {
    this.#isStarted = true;
  }

  /** Leaves the client open. */
  stop(): void {
    this.#isStarted = false;
  }

  /** Whether it was started. */
  isReady(): boolean {
    return this.#isStarted;
  }

  /** Null, or why it is no name. */
  validateSegmentName(segment: string): null | Error {
    return typeof segment === 'string' && segment !== '' ? null : new Error('a segment needs a name');
  }

  /** The item, or null. */
  get<V>(key: CatboxKey): Promise<Envelope<V> | null> {
    return this.#items.get(key) as Promise<Envelope<V> | null>;
  }

  /** Stores a value for `ttl` milliseconds. */
  async set(key: CatboxKey, value: unknown, ttl: number): Promise<void> {
    await this.#items.set(key, value, ttl);
  }

  /** Deletes an item. */
  async drop(key: CatboxKey): Promise<void> {
    await this.#items.drop(key);
  }
}
