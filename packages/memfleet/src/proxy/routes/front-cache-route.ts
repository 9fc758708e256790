/**
 * Caches items for a moment, so that a very popular key costs its node one get per lifespan (Moxi's front cache:
 * docs/protocols.md#moxi).
 *
 *   get k ─▶ cached and young ─▶ reply from the cache
 *        └▶ route ─ hit ─▶ cached, unless a write of k came in between
 *   any write of k ─▶ removed when it arrives, and again when its reply arrives
 *
 *   get, mg with v f s k O q b   the cache, if the key has one of the prefixes. `get` of a binary client needs the cas:
 *                                the cache, if the node sent it
 *   gets, mg with other flags    the route: a compare-and-swap needs the current item
 *   every write                  the route; removes the item
 *   me                           the route
 *   flush_all                    the route; removes everything
 *
 * A write that is in flight at a reload removes its item from the caches of the new configuration as well.
 *
 * A write through another proxy is not seen here: an item may be out of date for up to the lifespan.
 */
import { BoundedMap } from '../../base/bounded-map.ts';
import { type OwnedKey, ownKey, toByteString } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { type Command, isRead } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import { arePortable } from '../../core/meta-flags.ts';
import { anyText, bytes, listOf, milliseconds, whole } from '../../core/option-kinds.ts';
import { Reply } from '../../core/reply.ts';
import type { FrontCacheStats } from '../stats.ts';
import { type FrontCache, route, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Caches items in the proxy for a short time. */
export interface FrontCacheRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'front-cache';
  /** The route for misses of the cache, and for all writes. */
  readonly route: Inner;
  /** Keys that begin with one of these prefixes are cached; `''` stands for all keys. */
  readonly prefixes: readonly string[];
  /** How long an item stays in the cache, in milliseconds. */
  readonly lifespan: number;
  /** The number of items in the cache. @default 10000 */
  readonly maxItems?: number | undefined;
  /** The size of all keys and values in the cache, in bytes. @default 67108864 */
  readonly maxBytes?: number | undefined;
}

/** The options of a front cache. */
export interface FrontCacheOptions {
  readonly route: Route;
  /** Byte strings; `''` = all keys. */
  readonly prefixes: readonly string[];
  /** ms */
  readonly lifespan: number;
  readonly maxItems: number;
  /** Keys and values together. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

interface Entry {
  readonly value: string | Uint8Array;
  readonly flags: number;
  /** 0n = not known. */
  readonly cas: bigint;
  /** ms on the clock. */
  readonly until: number;
}

/** A route that caches items for a short time. */
export class FrontCacheRoute implements Route, FrontCache {
  readonly #options: FrontCacheOptions;
  /** In the order of their age, since no entry is moved by a get: the oldest expires first. */
  readonly #entries: BoundedMap<OwnedKey, Entry>;
  /** Gets in flight whose reply will be cached. */
  readonly #fills = new Map<string, Fill>();
  readonly #isForAll: boolean;
  readonly #reply = new Reply();
  #successors: readonly FrontCache[] = [];
  #hits = 0;
  #expires = 0;
  #misses = 0;
  #adds = 0;
  #deletes = 0;

  constructor(options: FrontCacheOptions) {
    this.#options = options;
    this.#entries = new BoundedMap({ maxItems: options.maxItems, maxSize: options.maxBytes });
    this.#isForAll = options.prefixes.includes('');
  }

  dispatch(command: Command, handler: Handler): void {
    const { key } = command;
    if (command.verb === 'flush') this.#flush(command, handler);
    else if (!this.#isForAll && !this.#options.prefixes.some((prefix) => key.startsWith(prefix)))
      this.#options.route.dispatch(command, handler);
    else if (!isRead(command)) this.#write(command, handler);
    else if (isCacheable(command)) this.#get(command, handler);
    else this.#options.route.dispatch(command, handler);
  }

  stats(): FrontCacheStats {
    const { lifespan, maxItems, maxBytes } = this.#options;
    return {
      items: this.#entries.count,
      bytes: this.#entries.size,
      maxItems,
      maxBytes,
      lifespan,
      hits: this.#hits,
      expires: this.#expires,
      misses: this.#misses,
      adds: this.#adds,
      deletes: this.#deletes,
      evictions: this.#entries.evicted,
    };
  }

  /** Caches the item, if this fill is still the one for its key. */
  settle(fill: Fill, key: string, reply: Reply | undefined): void {
    if (this.#fills.get(key) !== fill) return;
    this.#fills.delete(key);
    if (reply === undefined || reply.status !== 'ok' || !reply.hasValue) return;
    const { clock, lifespan, maxBytes } = this.#options;
    const size = key.length + reply.length;
    if (size > maxBytes) return;
    const value = reply.isOwned ? reply.raw() : reply.text();
    this.#expire();
    const until = clock.now() + lifespan;
    this.#entries.set(ownKey(key), { value, flags: reply.flags, cas: reply.cas, until }, size);
    this.#adds++;
  }

  #get(command: Command, handler: Handler): void {
    const { key } = command;
    const entry = this.#entries.peek(key);
    if (entry !== undefined && entry.until <= this.#options.clock.now()) {
      this.#expires++;
      this.#entries.delete(key);
    } else if (entry !== undefined && (!command.wantCas || entry.cas !== 0n)) {
      this.#hits++;
      handler.onReply(this.#fillReply(entry, key));
      return;
    }
    this.#misses++;
    if (this.#fills.has(key) || !hasWholeItem(command)) {
      this.#options.route.dispatch(command, handler);
      return;
    }
    const fill = new Fill(this, key, handler);
    this.#fills.set(key, fill);
    this.#options.route.dispatch(command, fill);
  }

  #fillReply(entry: Entry, key: string): Reply {
    const reply = this.#reply.reset('ok');
    reply.key = key;
    reply.flags = entry.flags;
    reply.cas = entry.cas;
    const { value } = entry;
    if (typeof value === 'string') reply.setText(value);
    else reply.setBytes(value, 0, value.length, true);
    return reply;
  }

  forget(key: string): void {
    this.#fills.delete(key);
    if (this.#entries.delete(key)) this.#deletes++;
    for (const cache of this.#successors) cache.forget(key);
  }

  clear(): void {
    this.#deletes += this.#entries.count;
    this.#entries.clear();
    this.#fills.clear();
    for (const cache of this.#successors) cache.clear();
  }

  replacedBy(caches: Iterable<FrontCache>): void {
    this.#successors = [...caches];
  }

  #write(command: Command, handler: Handler): void {
    const { key } = command;
    this.#invalidate(command, handler, () => this.forget(key));
  }

  #flush(command: Command, handler: Handler): void {
    this.#invalidate(command, handler, () => this.clear());
  }

  /** Dispatches a command. Before it, and with its reply, `remove` is called. */
  #invalidate(command: Command, handler: Handler, remove: () => void): void {
    remove();
    this.#options.route.dispatch(command, {
      onReply: (reply) => {
        remove();
        handler.onReply(reply);
      },
      onError: (error) => {
        remove();
        handler.onError(error);
      },
    });
  }

  /** Removes the entries whose time is over. */
  #expire(): void {
    const now = this.#options.clock.now();
    for (let oldest = this.#entries.oldest(); oldest !== undefined; oldest = this.#entries.oldest()) {
      if (oldest.value.until > now) return;
      this.#expires++;
      this.#entries.delete(oldest.key);
    }
  }
}

/** A get whose reply will be cached. */
class Fill implements Handler {
  readonly #cache: FrontCacheRoute;
  readonly #key: string;
  readonly #handler: Handler;

  constructor(cache: FrontCacheRoute, key: string, handler: Handler) {
    this.#cache = cache;
    this.#key = key;
    this.#handler = handler;
  }

  onReply(reply: Reply): void {
    this.#cache.settle(this, this.#key, reply);
    this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    this.#cache.settle(this, this.#key, undefined);
    this.#handler.onError(error);
  }
}

/** Whether a cached item can be the reply. */
function isCacheable(command: Command): boolean {
  if (command.verb !== 'get') return false;
  if (command.wantCas && command.dialect !== 'binary') return false;
  return arePortable(command.meta);
}

/** Whether the reply will contain everything that later replies need, including the client flags. */
function hasWholeItem({ meta, wantValue }: Command): boolean {
  return wantValue && (meta === undefined || meta.tokens.includes('f'));
}

const defaults = { maxItems: 10_000, maxBytes: 64 * 1024 * 1024 };

/** Describes `front-cache`. */
export const frontCacheRoute: RouteType<FrontCacheRouteSpec> = {
  type: 'front-cache',
  about: 'items are cached in the proxy for a short time',
  options: {
    route: { kind: route, isRequired: true, about: 'the route for misses of the cache, and for all writes' },
    prefixes: {
      kind: listOf(anyText, 'a list of texts that is not empty'),
      isRequired: true,
      about: "keys that begin with one of these are cached; `''` = all keys",
    },
    lifespan: { kind: milliseconds(1), isRequired: true, about: 'how long an item stays in the cache' },
    maxItems: { kind: whole(1), default: defaults.maxItems, about: 'items in the cache' },
    maxBytes: { kind: bytes(1), default: defaults.maxBytes, about: 'keys and values in the cache' },
  },
  build: ({ route, prefixes, lifespan, maxItems, maxBytes }, { build, clock, addFrontCache }) => {
    const cache = new FrontCacheRoute({
      route: build(route),
      prefixes: prefixes.map(toByteString),
      lifespan,
      maxItems: maxItems ?? defaults.maxItems,
      maxBytes: maxBytes ?? defaults.maxBytes,
      clock,
    });
    addFrontCache(cache);
    return cache;
  },
};
