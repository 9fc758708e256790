/**
 * Reads through the near cache. `id`: the key in the near cache; a namespace has no wire key without a request.
 *
 *   find ─ kept for less than near.ttl ─▶ value
 *   validated ─ large, cas of the same epoch ─▶ the node has the same cas ─▶ value, kept anew
 *   watch ─▶ a read is in progress ─ fresh ─▶ kept
 */
import type { CacheCounters } from './counters.ts';
import type { ResolvedEntryOptions } from './entry-options.ts';
import { Envelope, Manifest, type TagStamp } from './entry.ts';
import { freshLeft } from './freshness.ts';
import type { CacheItem, ItemCalls } from './item-calls.ts';
import type { Look } from './look.ts';
import type { NearCache, NearEntry, NearFill } from './near.ts';
import type { NearStats } from './stats.ts';

/** A value from the memory of the process. */
export interface NearHit {
  readonly value: unknown;
}

/** Receives the item and look of a read, and returns the look for its caller. */
export type OnLook = (item: CacheItem | undefined, look: Look) => Look;

/** The node's reply about a kept value. */
interface Confirmed {
  readonly isSame: boolean;
  /** When it was asked: ms on the clock. */
  readonly since: number;
  /** ms */
  readonly freshFor: number;
}

/** The near cache in front of reads. */
export class NearReads {
  readonly #near: NearCache;
  readonly #calls: ItemCalls;
  readonly #counters: CacheCounters;
  /** Validations in progress, one a key. */
  readonly #validations = new Map<string, Promise<Confirmed>>();
  /** Nodes that ignore `ifChanged`: memcached before 1.6.40. */
  readonly #old = new Set<string>();

  constructor(near: NearCache, calls: ItemCalls, counters: CacheCounters) {
    this.#near = near;
    this.#calls = calls;
    this.#counters = counters;
  }

  /** The value, if no request is needed. */
  find(id: string, settings: ResolvedEntryOptions): NearHit | undefined {
    const entry = this.#near.fresh(id);
    if (entry === undefined || !hasTags(entry.tags, settings)) return undefined;
    this.#counters.hits.near++;
    this.#counters.savedByNear += entry.size;
    return entry;
  }

  /** The value, if its node confirms it. Rejects as the client does. */
  async validated(id: string, wire: string, settings: ResolvedEntryOptions): Promise<NearHit | undefined> {
    const epoch = this.#calls.nodeInfo(wire)?.epoch;
    const entry = epoch === undefined ? undefined : this.#near.toValidate(id, epoch);
    // Tags have versions of their own, which are read with the value.
    if (entry?.cas === undefined || entry.tags.length > 0 || settings.tags.length > 0) return undefined;
    let confirming = this.#validations.get(id);
    if (confirming === undefined) {
      confirming = this.#confirm(entry, entry.cas, wire, settings).finally(() => this.#validations.delete(id));
      this.#validations.set(id, confirming);
    }
    const { isSame, freshFor, since } = await confirming;
    if (!isSame || freshFor <= 0) {
      this.#near.drop(id);
      return undefined;
    }
    this.#near.renew(id, entry, since, freshFor);
    this.#counters.hits.nearValidated++;
    this.#counters.savedByNear += entry.size;
    return entry;
  }

  /**
   * Runs a read whose value may be kept. `read` calls its argument with the item and look; undefined: another read
   * of the key is in progress.
   */
  watch<T>(id: string, settings: ResolvedEntryOptions, read: (onLook: OnLook | undefined) => Promise<T>): Promise<T> {
    return this.watchMany([id], settings, ([onLook]) => read(onLook));
  }

  /** The same for one read of many keys: `read` receives the function of each. */
  async watchMany<T>(
    ids: readonly string[],
    settings: ResolvedEntryOptions,
    read: (onLooks: readonly (OnLook | undefined)[]) => Promise<T>,
  ): Promise<T> {
    const fills = ids.map((id) => this.#near.begin(id));
    try {
      return await read(fills.map((fill) => (fill === undefined ? undefined : this.#keeping(fill, settings))));
    } finally {
      for (const fill of fills) if (fill !== undefined) this.#near.end(fill);
    }
  }

  #keeping(fill: NearFill, settings: ResolvedEntryOptions): OnLook {
    return (item, look) => {
      if (item === undefined || look.state !== 'fresh') {
        this.#near.end(fill);
        return look;
      }
      const { cas, epoch, size, value } = item;
      const isMarked = value instanceof Envelope || value instanceof Manifest;
      const tags = isMarked ? value.head.tags : undefined;
      const reported = { cas, epoch, size, freshFor: freshForOf(item, settings), tags };
      return { ...look, value: this.#near.keep(fill, look.value, reported) };
    };
  }

  /** The key is written. */
  drop(id: string): void {
    this.#near.drop(id);
  }

  /** Drops everything. */
  clear(): void {
    this.#near.clear();
  }

  /** Counts of the kept values. */
  stats(): NearStats {
    return this.#near.stats();
  }

  async #confirm({ epoch }: NearEntry, cas: bigint, wire: string, settings: ResolvedEntryOptions): Promise<Confirmed> {
    const since = this.#near.now;
    const node = this.#calls.nodeInfo(wire)?.node ?? '';
    const options = this.#old.has(node) ? { withoutValue: true } : { ifChanged: cas };
    const item = await this.#calls.getItem(wire, options);
    const isSame = item !== undefined && item.cas === cas && item.epoch === epoch && !item.stale;
    if (isSame && !item.notModified && item.value !== undefined) this.#old.add(node);
    return { isSame, since, freshFor: isSame ? freshForOf(item, settings) : 0 };
  }
}

/** How long a reader takes the item for fresh, and for not yet due: ms. */
function freshForOf({ ttl }: CacheItem, settings: ResolvedEntryOptions): number {
  return ttl === undefined ? Infinity : (freshLeft(ttl, settings) - settings.refreshAhead) * 1000;
}

/** Whether an entry has all tags that its reader asks for. */
function hasTags(tags: readonly TagStamp[], settings: ResolvedEntryOptions): boolean {
  return settings.tags.every((name) => tags.some((tag) => tag.name === name));
}
