/**
 * Sessions of web applications: an item each, which lives as long as the cookie.
 *
 * A request that began before another one destroyed the session saves it after that. So a destroyed session leaves a
 * mark, on the node of its item, and a save that finds no item looks for the mark:
 *
 *   destroy ─▶ set #d:id, delete id
 *   set ─────▶ replace id, get #d:id ─ replaced ────────────▶ saved
 *                                    ├ neither ─▶ add id, get #d:id ─ no mark ─▶ saved
 *                                    └ a mark, now or then ──▶ not saved
 */
import { wallNow } from '../base/real-time.ts';
import { get } from '../client/calls.ts';
import type { Client } from '../client/client.ts';
import { seconds } from '../core/option-kinds.ts';
import { checkOptions, type OptionTable } from '../core/option-table.ts';
import { KeySpace } from './key-space.ts';
import { lifeOf } from './milliseconds.ts';
import { prefixOption, type PrefixOptions } from './prefix.ts';

/** Options of stores for sessions. */
export interface SessionStoreOptions extends PrefixOptions {
  /** Seconds that a session lives whose cookie has no expiry, from its last request on. @default 86400 */
  readonly ttl?: number | undefined;
}

/** The part of a session that says how long it lives. */
export interface WithCookie {
  /** The cookie of the session. */
  readonly cookie: {
    /** The end of the cookie; absent for a cookie that ends with the browser. */
    readonly expires?: Date | string | boolean | null | undefined;
  };
}

/** Seconds. A request that takes longer can save a destroyed session again. */
const markTtl = 60;

const table: OptionTable<SessionStoreOptions> = {
  prefix: prefixOption,
  ttl: { kind: seconds(1), default: 86_400, about: 'how long a session lives whose cookie has no expiry' },
};

/** The sessions of an application. */
export class Sessions {
  readonly #client: Client;
  readonly #keys: KeySpace;
  readonly #marks: KeySpace;
  readonly #ttl: number;

  constructor(client: Client<never>, options: SessionStoreOptions) {
    checkOptions(table, options, '');
    this.#client = client.with<unknown>({ errors: 'throw' });
    const prefix = options.prefix ?? 'session:';
    this.#keys = new KeySpace(this.#client, prefix);
    // No session has the key of a mark: a key of a session that begins with `#` is hashed.
    this.#marks = new KeySpace(this.#client, `${prefix}#d:`);
    this.#ttl = options.ttl ?? 86_400;
  }

  get<S>(id: string): Promise<S | null | undefined> {
    return this.#keys.run(get, id, undefined) as Promise<S | null | undefined>;
  }

  async set(id: string, session: WithCookie): Promise<void> {
    const ttl = this.#ttlOf(session);
    const key = this.#keys.wire(id);
    if (!(ttl > 0)) return this.#delete(key);
    // Each pair leaves in one write, and is executed in this order.
    const [isReplaced, wasDestroyed] = await Promise.all([
      this.#client.replace(key, session, { ttl }),
      this.#isDestroyed(id, key),
    ]);
    if (isReplaced || wasDestroyed) return undefined;
    const [isAdded, isDestroyed] = await Promise.all([
      this.#client.add(key, session, { ttl }),
      this.#isDestroyed(id, key),
    ]);
    if (isDestroyed) return this.#delete(key);
    // Another request saved it for the first time; this one is later.
    if (!isAdded) await this.#client.replace(key, session, { ttl });
  }

  /** Gives the session the life of its cookie; its values stay. */
  async touch(id: string, session: WithCookie): Promise<void> {
    const ttl = this.#ttlOf(session);
    if (ttl > 0) await this.#client.touch(this.#keys.wire(id), ttl);
    else await this.#delete(this.#keys.wire(id));
  }

  async destroy(id: string): Promise<void> {
    const key = this.#keys.wire(id);
    const marking = this.#client.set(this.#marks.wire(id), '', { ttl: markTtl, routingKey: key });
    await Promise.all([marking, this.#delete(key)]);
  }

  async #delete(key: string): Promise<void> {
    await this.#client.delete(key);
  }

  async #isDestroyed(id: string, routingKey: string): Promise<boolean> {
    return (await this.#client.items.get(this.#marks.wire(id), { routingKey, withoutValue: true })) !== undefined;
  }

  #ttlOf({ cookie: { expires } }: WithCookie): number {
    if (typeof expires !== 'string' && !(expires instanceof Date)) return this.#ttl;
    return lifeOf(Math.ceil((new Date(expires).getTime() - wallNow()) / 1000));
  }
}
