/**
 * Calls on one key that load nothing. `wire`: the key as the client takes it; `key`: as the user gave it.
 *
 * A write detaches the load of its key in this process: later callers begin a new load, and the node refuses the value
 * of the old one.
 */
import { ServerError } from '../core/errors.ts';
import type { CacheCore } from './core.ts';
import type { ResolvedEntryOptions } from './entry-options.ts';
import type { Written } from './entry-writer.ts';
import { areEntryFlags, Envelope, entryFlags, Manifest } from './entry.ts';
import { freshFor, freshLeft, freshnessOf, keptAfter, marginOf, nodeTtl } from './freshness.ts';
import type { CacheItem, ItemStoreOptions } from './item-calls.ts';
import type { Look } from './look.ts';
import { noTags, type TagVersions } from './seams.ts';
import type { TagWatch } from './tag-watch.ts';

/** Tries to mark an item that others keep writing. */
const mostTries = 3;

/** Whether a caller that loads nothing gets the value. */
export function isUsable({ state }: Look): boolean {
  return state === 'fresh' || state === 'due' || state === 'stale';
}

/** An item, and its look. */
export interface Found {
  readonly item: CacheItem | undefined;
  readonly look: Look;
}

/** Calls on single items. */
export class Items {
  readonly #core: CacheCore;

  constructor(core: CacheCore) {
    this.#core = core;
  }

  /** The item of a key, and its look for a caller that loads nothing. */
  async look(key: string, wire: string, settings: ResolvedEntryOptions): Promise<Found> {
    const { calls, judge } = this.#core;
    // Both leave in one write.
    const [item, tags] = await Promise.all([calls.getItem(wire), this.readTags(settings)]);
    return { item, look: await judge.look(key, wire, item, settings, tags) };
  }

  /** The value that a look gives, counted as hit or miss. */
  counted(look: Look): unknown {
    const { hits, misses } = this.#core.counters;
    if (isUsable(look)) {
      hits[look.state === 'stale' ? 'stale' : 'fresh']++;
      return look.value;
    }
    if (look.state === 'nothing') hits.negative++;
    else if (look.state !== 'gone') misses.absent++;
    return undefined;
  }

  readTags({ tags }: ResolvedEntryOptions): Promise<TagVersions> {
    return tags.length === 0 ? Promise.resolve(noTags) : this.#core.tags.read(tags);
  }

  /** Stores a value. `since`: only if its tags are as they were then. */
  async set(wire: string, value: unknown, settings: ResolvedEntryOptions, since?: TagWatch): Promise<boolean> {
    this.#written(wire);
    const tags = await (since === undefined ? this.readTags(settings) : since.unchanged(settings.tags));
    if (tags === undefined) return false;
    const written = this.#core.writer.write(wire, value, settings, { tags });
    if (written.ttl === 0) {
      await this.#remove(wire);
      return true;
    }
    const isStored = await this.#put(wire, written);
    this.#written(wire);
    return isStored;
  }

  /** Stores a value where a reader finds none. */
  async add(key: string, wire: string, value: unknown, settings: ResolvedEntryOptions): Promise<boolean> {
    const { writer, calls, judge } = this.#core;
    const tags = await this.readTags(settings);
    const { entry, ttl } = writer.write(wire, value, settings, { tags });
    const written: Written = { entry, ttl: ttl === 0 ? 1 : ttl };
    if (await this.#put(wire, written, { mode: 'add' })) {
      this.#written(wire);
      return true;
    }
    const item = await calls.getItem(wire);
    const look = await judge.look(key, wire, item, settings, tags);
    if (item === undefined || isUsable(look)) return false;
    const isStored = await this.#put(wire, written, { cas: item.cas });
    this.#written(wire);
    return isStored;
  }

  /** Gives a value a new ttl. False: there is none. */
  async touch(key: string, wire: string, settings: ResolvedEntryOptions, ttl: number | null): Promise<boolean> {
    const { calls } = this.#core;
    if (ttl === 0) return this.delete(wire);
    if (this.#isClassic(wire)) return this.#touchClassic(key, wire, settings, ttl);
    const seconds = nodeTtl(freshFor(ttl, settings, 0), settings);
    const item = await calls.getItem(wire, { touch: seconds, withoutValue: true });
    if (item === undefined) return false;
    // Nobody knew before the first call.
    if (item.ttl === undefined) return this.#touchClassic(key, wire, settings, ttl);
    this.#core.loads.detach(wire);
    if (item.flags === entryFlags.manifest) return this.#touchChunks(wire, seconds);
    if (isValue(item)) return true;
    // The stub of a lease, or a mark, must not live that long.
    await calls.touch(wire, isStub(item) ? this.#core.settings.leaseTtl : 1);
    return false;
  }

  /** Where the node does not tell how long an item lives, the entry does. */
  async #touchClassic(key: string, wire: string, settings: ResolvedEntryOptions, ttl: number | null): Promise<boolean> {
    const { calls, judge, writer } = this.#core;
    const item = await calls.getItem(wire);
    const look = await judge.look(key, wire, item, settings, noTags);
    if (item === undefined || !isUsable(look)) return false;
    const isHeaded = item.value instanceof Envelope || item.value instanceof Manifest;
    const { tags = [] } = isHeaded ? item.value.head : {};
    const versions = new Map(tags.map(({ name, stamp }) => [name, stamp]));
    const written = writer.write(wire, look.value, { ...settings, ttl, jitter: 0 }, { tags: versions });
    const isStored = await this.#put(wire, written, { cas: item.cas });
    this.#core.loads.detach(wire);
    return isStored;
  }

  /** Chunks live longer than their manifest. */
  async #touchChunks(wire: string, seconds: number): Promise<boolean> {
    const { calls, large } = this.#core;
    const manifest = (await calls.getItem(wire))?.value;
    return manifest instanceof Manifest && large.touch(wire, manifest, seconds);
  }

  /** Whether the node took it. */
  #put(wire: string, { entry, ttl }: Written, how: Pick<ItemStoreOptions, 'cas' | 'mode'> = {}): Promise<boolean> {
    const { calls, large } = this.#core;
    return large.storing({ key: wire, entry, ttl }, async (stored) => {
      const { result } = await calls.setItem(wire, stored, { ...how, ttl });
      return result === 'stored';
    });
  }

  /** Deletes a key. False: there was no value. A node without meta does not tell stubs and marks from values. */
  async delete(wire: string): Promise<boolean> {
    const { calls } = this.#core;
    // In the write of the delete, and before it. Where the node would send the value, it costs more than it is worth.
    const isMeta = calls.nodeInfo(wire)?.protocol === 'meta';
    const looking = isMeta ? calls.getItem(wire, { withoutValue: true }).catch(() => undefined) : undefined;
    const [item, isGone] = await Promise.all([looking, this.drop(wire)]);
    return isGone && (item === undefined || isValue(item));
  }

  /** Deletes a key. False: the node had no item, be it a value or the stub of a load. */
  async drop(wire: string): Promise<boolean> {
    this.#written(wire);
    const isGone = await this.#remove(wire);
    this.#written(wire);
    return isGone;
  }

  /** Makes a value stale: readers with `staleTtl` or `staleOnError` still get it. */
  async expire(wire: string, settings: ResolvedEntryOptions): Promise<boolean> {
    const { calls } = this.#core;
    const kept = keptAfter(settings);
    if (kept === 0 || this.#isClassic(wire)) return this.delete(wire);
    this.#written(wire);
    for (let tries = 0; tries < mostTries; tries++) {
      const item = await calls.getItem(wire, { withoutValue: true });
      if (item === undefined || !isValue(item)) {
        // The load for which the stub stands, or the lease beside, began before.
        await (item === undefined ? this.#removeLock(wire) : this.#remove(wire));
        return false;
      }
      // Nobody knew before the first call.
      if (item.ttl === undefined) return this.delete(wire);
      // The ttl alone would lengthen the life of an item that is nearly over.
      const ttl = Math.max(1, Math.min(item.ttl, kept + marginOf(settings)));
      const marking = calls.invalidate(wire, { cas: item.cas, ttl });
      const [result] = await Promise.all([marking, this.#removeLock(wire)]);
      this.#written(wire);
      if (result !== 'exists') return result === 'stale';
    }
    return this.delete(wire);
  }

  /** Whether there is a value. It is read only where the node cannot tell. */
  async has(key: string, wire: string, settings: ResolvedEntryOptions): Promise<boolean> {
    const {
      calls,
      settings: { random },
    } = this.#core;
    const item = await calls.getItem(wire, { withoutValue: true });
    if (item === undefined || !isValue(item)) return false;
    const isPlain = !areEntryFlags(item.flags) && item.ttl !== undefined;
    if (!isPlain || settings.tags.length > 0 || settings.schema !== undefined)
      return isUsable((await this.look(key, wire, settings)).look);
    const state = freshnessOf(freshLeft(item.ttl, settings), item.stale, settings, 0, random);
    return state === 'fresh' || state === 'due' || state === 'stale';
  }

  /** The new number; undefined: there is none. */
  async count(wire: string, delta: number): Promise<number | undefined> {
    const { calls } = this.#core;
    this.#written(wire);
    try {
      return await (delta < 0 ? calls.decr(wire, -delta) : calls.incr(wire, delta));
    } catch (error) {
      if (!(error instanceof ServerError) || error.kind !== 'client') throw error;
      const item = await calls.getItem(wire, { withoutValue: true });
      if (item !== undefined && isValue(item)) throw error;
      return undefined;
    }
  }

  /** Moves the value to the key of another version. */
  async move(key: string, from: string, to: string, settings: ResolvedEntryOptions): Promise<boolean> {
    const { calls } = this.#core;
    const item = await calls.getItem(from);
    const look = await this.#core.judge.look(key, from, item, settings, await this.readTags(settings));
    if (item === undefined || !isUsable(look)) return false;
    if (from === to) return true;
    const left = item.ttl === undefined ? settings.ttl : Math.max(1, freshLeft(item.ttl, settings));
    const isStored = await this.set(to, look.value, { ...settings, ttl: left, jitter: 0 });
    if (isStored) await this.drop(from);
    return isStored;
  }

  /** Own writes: nobody joins a load that began before, and no old value is kept. */
  #written(wire: string): void {
    this.#core.loads.detach(wire);
    this.#core.outage.drop(wire);
  }

  async #remove(wire: string): Promise<boolean> {
    const [isGone] = await Promise.all([this.#core.calls.delete(wire), this.#removeLock(wire)]);
    return isGone;
  }

  /** Where the lease lies beside the key, a load of before must not be stored. */
  #removeLock(wire: string): Promise<boolean> | undefined {
    const { calls, keys, leases } = this.#core;
    return leases.lease === 'beside' ? calls.delete(keys.lock(wire), { routingKey: wire }) : undefined;
  }

  #isClassic(wire: string): boolean {
    const protocol = this.#core.calls.nodeInfo(wire)?.protocol;
    return protocol === 'text' || protocol === 'binary';
  }
}

const marks: ReadonlySet<number> = new Set([entryFlags.stub, entryFlags.failed, entryFlags.nothing]);

/** The stub of a lease, read without its value. An item that is marked stale has a token too, and is a value. */
function isStub(item: CacheItem): boolean {
  return item.flags === entryFlags.stub || ((item.won || item.held) && item.flags === 0 && item.size === 0);
}

function isValue(item: CacheItem): boolean {
  return !isStub(item) && !marks.has(item.flags);
}
