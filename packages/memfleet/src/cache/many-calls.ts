/** The calls on many keys of a cache or of a namespace. */
import { checkKeys, pairsOf } from '../client/arguments.ts';
import { PartialResultError } from '../core/errors.ts';
import { isOfCache } from './core.ts';
import type { EntryOptions, ResolvedEntryOptions } from './entry-options.ts';
import { checkedValues, type ManyItems, type ManyLoader } from './get-or-set-many.ts';
import type { CacheItem } from './item-calls.ts';
import { isUsable } from './items.ts';
import type { Loader } from './load.ts';
import type { LoadRequest } from './loading.ts';
import type { Look } from './look.ts';
import { noTags, type TagVersions } from './seams.ts';
import type { SpaceCalls } from './space-calls.ts';

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
      await this.#calls.items.delete(wire);
      return true;
    });
  }

  async getMany(given: Iterable<string>): Promise<Map<string, unknown>> {
    this.#calls.core.checkOpen();
    checkKeys(given);
    const keys = [...new Set(given)];
    const values = new Map<string, unknown>();
    if (keys.length === 0) return values;
    const settings = this.#calls.core.entry;
    try {
      const looks = await this.#calls.under((maker) =>
        this.#looks(
          keys,
          keys.map((key) => maker.item(key)),
          settings,
        ),
      );
      for (const [at, look] of looks.entries()) {
        const value = this.#calls.items.counted(look);
        if (isUsable(look)) values.set(keys[at] as string, value);
      }
    } catch (error) {
      this.#calls.core.hideOrThrow(error, keys[0] as string);
    }
    return values;
  }

  async #looks(keys: readonly string[], wires: readonly string[], settings: ResolvedEntryOptions): Promise<Look[]> {
    const [items, tags] = await Promise.all([this.#items(wires, keys), this.#calls.items.readTags(settings)]);
    return Promise.all(wires.map(async (wire) => this.#calls.core.judge.look(wire, items.get(wire), settings, tags)));
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
    const { core } = this.#calls;
    core.checkOpen();
    checkKeys(given);
    const keys = [...new Set(given)];
    if (keys.length === 0) return new Map();
    const { wires, tags, ...read } = await this.#readMany(keys, settings);
    const requests = keys.map((key, at): LoadRequest => {
      const own: Loader<unknown> = async (context) => (await checkedValues(loader([key], context))).get(key);
      return { key, wire: wires[at] as string, loader: own, settings, tags };
    });
    const values = await core.getOrSetMany.run(requests, read, loader);
    const found = keys.map((key, at) => [key, values[at]] as const);
    return new Map(found.filter(([, value]) => value !== undefined));
  }

  /** Without the versions of the space or of the tags, all keys have failed. */
  async #readMany(
    keys: readonly string[],
    settings: ResolvedEntryOptions,
  ): Promise<ManyItems & { readonly wires: readonly string[]; readonly tags: TagVersions }> {
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

  async #itemsToLoad(wires: readonly string[]): Promise<ManyItems> {
    try {
      return { items: await this.#calls.core.getOrSet.readMany(wires), failures: new Map() };
    } catch (error) {
      if (!(error instanceof PartialResultError)) throw error;
      return { items: error.results as ReadonlyMap<string, CacheItem>, failures: error.failures };
    }
  }
}
