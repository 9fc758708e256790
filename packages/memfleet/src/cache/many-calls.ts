/** The calls on many keys of a cache or of a namespace. */
import { checkKeys, pairsOf } from '../client/arguments.ts';
import { PartialResultError } from '../core/errors.ts';
import { isOfCache } from './core.ts';
import type { EntryOptions, ResolvedEntryOptions } from './entry-options.ts';
import { checkedValues, type ManyItems, type ManyLoader } from './get-or-set-many.ts';
import type { CacheItem } from './item-calls.ts';
import { type Found, isUsable } from './items.ts';
import type { KeyMaker } from './keys.ts';
import type { Loader } from './load.ts';
import type { LoadRequest } from './loading.ts';
import { noTags, type TagVersions } from './seams.ts';
import type { SpaceCalls } from './space-calls.ts';

type OnLooks = ManyItems['onLooks'];
type ItemsRead = Omit<ManyItems, 'onLooks'>;

/** Calls on many keys of one space. */
export class ManyCalls {
  readonly #calls: SpaceCalls;

  constructor(calls: SpaceCalls) {
    this.#calls = calls;
  }

  /** A call that writes, on each of many keys: those for which it failed or gave false. */
  async #each<K extends string>(
    keys: Iterable<K>,
    attempt: (wire: string, key: K) => Promise<boolean>,
  ): Promise<{ failed: K[] }> {
    const all = [...keys];
    const calls = all.map((key) => this.#calls.write(key, false, (wire) => attempt(wire, key)));
    const results = await Promise.all(calls);
    return { failed: all.filter((_, at) => results[at] !== true) };
  }

  setMany(
    entries: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
    options: EntryOptions | number | undefined,
  ): Promise<{ failed: string[] }> {
    const settings = this.#calls.settings(options);
    const values = new Map(pairsOf(entries));
    return this.#each(values.keys(), (wire, key) => this.#calls.items.set(wire, values.get(key), settings));
  }

  deleteMany(keys: Iterable<string>): Promise<{ failed: string[] }> {
    checkKeys(keys);
    return this.#each(new Set(keys), async (wire) => {
      await this.#calls.items.drop(wire);
      return true;
    });
  }

  async getMany(given: Iterable<string>): Promise<Map<string, unknown>> {
    this.#calls.core.checkOpen();
    checkKeys(given);
    const { entry } = this.#calls.core;
    return this.#throughNear([...new Set(given)], entry, (keys, onLooks) => this.#getFar(keys, entry, onLooks));
  }

  /**
   * Reads with the near cache in front. `read` has the keys whose values the process does not have; it is not called
   * without keys. The result has the order of the keys.
   */
  async #throughNear(
    keys: readonly string[],
    settings: ResolvedEntryOptions,
    read: (keys: readonly string[], onLooks: OnLooks) => Promise<Map<string, unknown>>,
  ): Promise<Map<string, unknown>> {
    const calls = this.#calls;
    const { near } = calls.core;
    if (near === undefined) return keys.length === 0 ? new Map() : read(keys, []);
    const kept = new Map<string, unknown>();
    const old: string[] = [];
    for (const key of keys) {
      const hit = near.find(calls.nearId(key), settings);
      if (hit === undefined) old.push(key);
      else kept.set(key, hit.value);
    }
    if (old.length === 0) return kept;
    const hits = await Promise.all(old.map((key) => calls.validated(near, key, settings)));
    for (const [at, hit] of hits.entries()) if (hit !== undefined) kept.set(old[at] as string, hit.value);
    const others = old.filter((_, at) => hits[at] === undefined);
    if (others.length === 0) return kept;
    const ids = others.map((key) => calls.nearId(key));
    const found = await near.watchMany(ids, settings, (onLooks) => read(others, onLooks));
    if (kept.size === 0) return found;
    const all = keys.map((key) => [key, kept.has(key) ? kept.get(key) : found.get(key)] as const);
    return new Map(all.filter(([, value]) => value !== undefined));
  }

  async #getFar(
    keys: readonly string[],
    settings: ResolvedEntryOptions,
    onLooks: OnLooks,
  ): Promise<Map<string, unknown>> {
    const { core, items } = this.#calls;
    const values = new Map<string, unknown>();
    try {
      const looks = await this.#calls.under((maker) => this.#looks(keys, maker, settings));
      for (const [at, { item, look }] of looks.entries()) {
        const shown = onLooks[at]?.(item, look) ?? look;
        const value = items.counted(shown);
        if (isUsable(shown)) values.set(keys[at] as string, value);
      }
    } catch (error) {
      core.hideOrThrow(error, keys[0] as string);
    }
    return values;
  }

  async #looks(keys: readonly string[], maker: KeyMaker, settings: ResolvedEntryOptions): Promise<Found[]> {
    const wires = keys.map((key) => maker.item(key));
    const [found, tags] = await Promise.all([this.#items(wires, keys), this.#calls.items.readTags(settings)]);
    const { judge } = this.#calls.core;
    return Promise.all(
      wires.map(async (wire, at): Promise<Found> => {
        const item = found.get(wire);
        return { item, look: await judge.look(keys[at] as string, wire, item, settings, tags) };
      }),
    );
  }

  /** Keys whose node fails are misses. */
  async #items(wires: readonly string[], keys: readonly string[]): Promise<ReadonlyMap<string, CacheItem>> {
    try {
      return await this.#calls.core.calls.getItems(wires);
    } catch (error) {
      if (!(error instanceof PartialResultError)) throw error;
      const failed = wires.findIndex((wire) => error.failures.has(wire));
      this.#calls.core.hideOrThrow(error, keys[failed] as string);
      return error.results as ReadonlyMap<string, CacheItem>;
    }
  }

  /** The values of keys; where there are none, those of the loader. */
  async getOrSetMany(
    given: Iterable<string>,
    loader: ManyLoader,
    settings: ResolvedEntryOptions,
  ): Promise<Map<string, unknown>> {
    this.#calls.core.checkOpen();
    checkKeys(given);
    return this.#throughNear([...new Set(given)], settings, (keys, onLooks) =>
      this.#getOrSetFar(keys, loader, settings, onLooks),
    );
  }

  async #getOrSetFar(
    keys: readonly string[],
    loader: ManyLoader,
    settings: ResolvedEntryOptions,
    onLooks: OnLooks,
  ): Promise<Map<string, unknown>> {
    const { wires, tags, ...read } = await this.#readMany(keys, settings);
    const requests = keys.map((key, at): LoadRequest => {
      const own: Loader<unknown> = async (context) => (await checkedValues(loader([key], context))).get(key);
      return { key, wire: wires[at] as string, loader: own, settings, tags };
    });
    const values = await this.#calls.core.getOrSetMany.run(requests, { ...read, onLooks }, loader);
    const found = keys.map((key, at) => [key, values[at]] as const);
    return new Map(found.filter(([, value]) => value !== undefined));
  }

  /** Without the versions of the space or of the tags, all keys have failed. */
  async #readMany(
    keys: readonly string[],
    settings: ResolvedEntryOptions,
  ): Promise<ItemsRead & { readonly wires: readonly string[]; readonly tags: TagVersions }> {
    const reading = this.#calls.items.readTags(settings);
    reading.catch(() => {});
    try {
      const { result, keys: maker } = await this.#calls.begin((some) =>
        this.#itemsToLoad(keys.map((key) => some.item(key))),
      );
      return { ...result, wires: keys.map((key) => maker.item(key)), tags: await reading };
    } catch (error) {
      if (!isOfCache(error)) throw error;
      const { fixedKeys } = this.#calls.space;
      const wires = keys.map((key) => fixedKeys?.item(key) ?? this.#calls.unknownWire(key));
      return { items: new Map(), failures: new Map(wires.map((wire) => [wire, error])), wires, tags: noTags };
    }
  }

  async #itemsToLoad(wires: readonly string[]): Promise<ItemsRead> {
    try {
      return { items: await this.#calls.core.getOrSet.readMany(wires), failures: new Map() };
    } catch (error) {
      if (!(error instanceof PartialResultError)) throw error;
      return { items: error.results as ReadonlyMap<string, CacheItem>, failures: error.failures };
    }
  }
}
