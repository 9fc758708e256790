/**
 * The calls of a cache or of a namespace: arguments checked, keys made, errors hidden.
 *
 *   call ─▶ is it open? are the options right? ─▶ keys of the space ─▶ Items, GetOrSet
 *        ◀─ what a miss gives ◀── errors: 'miss' ◀── the cache fails
 */
import { show } from '../client/arguments.ts';
import { InvalidArgumentError, InvalidOptionError } from '../core/errors.ts';
import { type CacheCore, isOfCache } from './core.ts';
import { type EntryOptions, resolveEntry, type ResolvedEntryOptions } from './entry-options.ts';
import type { CacheItem } from './item-calls.ts';
import { Items } from './items.ts';
import type { KeyMaker } from './keys.ts';
import type { Loader } from './load.ts';
import { isFreshPlain, type Look } from './look.ts';
import type { NearHit, NearReads, OnLook } from './near-reads.ts';
import { markOf } from './resolve-options.ts';
import { noTags, type Space, type TagVersions } from './seams.ts';

/** The result of the first read of getOrSet. */
interface FirstRead {
  readonly wire: string;
  readonly item: CacheItem | undefined;
  readonly tags: TagVersions;
}

const noAttempt = (): Promise<void> => Promise.resolve();

/** Calls under the keys of one space. */
export class SpaceCalls {
  readonly core: CacheCore;
  readonly space: Space;
  readonly items: Items;

  constructor(core: CacheCore, space: Space) {
    this.core = core;
    this.space = space;
    this.items = new Items(core);
  }

  /** The options of a call over those of the cache. Throws InvalidOptionError. */
  settings(options: EntryOptions | number | undefined): ResolvedEntryOptions {
    if (options === undefined) return this.core.entry;
    const settings = resolveEntry(options, this.core.entry);
    const name = this.core.settings.isShared ? markOf(settings) : undefined;
    if (name === undefined) return settings;
    throw new InvalidOptionError(`option "${name}": other clients could not read the entry (\`interop\`)`, name);
  }

  /** A call on one key that writes. */
  async write<R>(key: string, missed: R, attempt: (wire: string) => Promise<R>): Promise<R> {
    this.#forget(key);
    const result = await this.run(key, missed, attempt);
    this.#forget(key);
    return result;
  }

  /** A call on one key; `missed`: the result where the cache fails. */
  async run<R>(key: string, missed: R, attempt: (wire: string, keys: KeyMaker) => Promise<R>): Promise<R> {
    this.core.checkOpen();
    try {
      return await this.under((keys) => attempt(keys.item(key), keys));
    } catch (error) {
      this.core.hideOrThrow(error, key);
      return missed;
    }
  }

  /** Moves a value to the key of another version of the values; undefined: there is none. */
  async move(key: string, delta: number): Promise<number | undefined> {
    const { core, space } = this;
    core.checkOpen();
    const version = space.version + delta;
    this.#forget(key);
    try {
      // No guesses: a value must not be taken from, or put into, a namespace that was cleared.
      const [from, to] = await Promise.all([space, space.withVersion(version)].map((one) => one.begin(noAttempt)));
      const wires = [from, to].map((begun) => (begun as { readonly keys: KeyMaker }).keys.item(key));
      const isMoved = await this.items.move(key, wires[0] as string, wires[1] as string, core.entry);
      this.#forget(key);
      return isMoved ? version : undefined;
    } catch (error) {
      core.hideOrThrow(error, key);
      return undefined;
    }
  }

  /** The value; undefined: there is none. */
  get(key: string): Promise<unknown> {
    const { near, entry } = this.core;
    if (near === undefined) return this.#getFar(key, undefined);
    return this.#throughNear(near, key, entry, (onLook) => this.#getFar(key, onLook));
  }

  async #getFar(key: string, onLook: OnLook | undefined): Promise<unknown> {
    const { core } = this;
    core.checkOpen();
    const settings = core.entry;
    const { fixedKeys } = this.space;
    try {
      if (fixedKeys === undefined || settings.tags.length > 0 || onLook !== undefined) {
        // Kept only here: an attempt under the keys of an old version finds old items.
        const { item, look } = await this.under((keys) => this.items.look(key, keys.item(key), settings));
        return this.items.counted(onLook === undefined ? look : onLook(item, look));
      }
      // A hit costs one promise beside that of the client.
      const wire = fixedKeys.item(key);
      const item = await core.calls.getItem(wire);
      if (!isFreshPlain(item, settings)) return this.items.counted(await core.judge.look(key, wire, item, settings));
      core.counters.hits.fresh++;
      return item.value;
    } catch (error) {
      core.hideOrThrow(error, key);
      return undefined;
    }
  }

  /**
   * The value; where there is none, that of the loader. `value`: a loader, or the value itself. `settings`: the
   * options, if they were resolved.
   */
  getOrSet(
    key: string,
    value: unknown,
    options?: EntryOptions | number,
    settings?: ResolvedEntryOptions,
  ): Promise<unknown> {
    if (value === undefined) return Promise.reject(noLoader(key));
    if (this.core.near === undefined) return this.#getOrSetFar(key, value, undefined, options, settings);
    return this.#getOrSetNear(this.core.near, key, value, options, settings);
  }

  async #getOrSetNear(
    near: NearReads,
    key: string,
    value: unknown,
    options: EntryOptions | number | undefined,
    settings: ResolvedEntryOptions = this.settings(options),
  ): Promise<unknown> {
    this.core.checkOpen();
    // A hit costs one promise, and no object.
    const kept = near.find(this.nearId(key), settings);
    if (kept !== undefined) return kept.value;
    return this.#throughNear(near, key, settings, (onLook) =>
      this.#getOrSetFar(key, value, onLook, undefined, settings),
    );
  }

  async #getOrSetFar(
    key: string,
    value: unknown,
    onLook: OnLook | undefined,
    options: EntryOptions | number | undefined,
    settings: ResolvedEntryOptions = this.settings(options),
  ): Promise<unknown> {
    const { core } = this;
    core.checkOpen();
    const isSimple = onLook === undefined && settings.tags.length === 0 && !core.leases.hasClassic;
    let wire = '';
    let tags = noTags;
    let look: Look;
    try {
      const { fixedKeys } = this.space;
      if (fixedKeys !== undefined && isSimple) {
        wire = fixedKeys.item(key);
        // A hit costs one promise beside that of the client, and no object.
        const item = await core.leases.read(wire);
        if (isFreshPlain(item, settings)) {
          core.counters.hits.fresh++;
          return item.value;
        }
        const found = core.judge.look(key, wire, item, settings);
        look = found instanceof Promise ? await found : found;
      } else {
        const first = await this.#firstRead(key, settings);
        ({ wire, tags } = first);
        look = await core.judge.look(key, wire, first.item, settings, tags);
        if (onLook !== undefined) look = onLook(first.item, look);
      }
    } catch (error) {
      if (!isOfCache(error)) throw error;
      if (isSimple && core.leases.adapt(error)) return this.#getOrSetFar(key, value, onLook, options, settings);
      core.reports.hidden(error, key);
      const id = wire === '' ? (this.space.fixedKeys?.item(key) ?? this.unknownWire(key)) : wire;
      return core.getOrSet.withoutNode({ key, wire: id, loader: loaderOf(value), settings, tags });
    }
    return core.getOrSet.settle({ key, wire, loader: loaderOf(value), settings, tags }, look);
  }

  /** Stands for the wire key while nobody knows the version of the space. */
  unknownWire(key: string): string {
    return `${this.#unknown}\n${key}`;
  }

  /** What the unknown wire keys of the space, and of those within, begin with. */
  get #unknown(): string {
    return `\u0100${this.space.id}`;
  }

  /** A read with the near cache in front. */
  async #throughNear(
    near: NearReads,
    key: string,
    settings: ResolvedEntryOptions,
    read: (onLook: OnLook | undefined) => Promise<unknown>,
  ): Promise<unknown> {
    this.core.checkOpen();
    const id = this.nearId(key);
    const kept = near.find(id, settings) ?? (await this.validated(near, key, settings));
    return kept === undefined ? near.watch(id, settings, read) : kept.value;
  }

  /** The value that the near cache has, if its node confirms it. The read of a node that fails fails as well. */
  async validated(near: NearReads, key: string, settings: ResolvedEntryOptions): Promise<NearHit | undefined> {
    const wire = this.space.fixedKeys?.item(key);
    return wire === undefined ? undefined : near.validated(wire, wire, settings).catch(() => undefined);
  }

  /** The key in the near cache: a namespace has no wire key without a request. */
  nearId(key: string): string {
    return this.space.fixedKeys?.item(key) ?? this.unknownWire(key);
  }

  /** Drops what the process keeps of the space, and lets nobody join a load whose wire key was unknown. */
  forgetAll(): void {
    this.core.forget();
    if (this.space.fixedKeys === undefined) this.core.loads.detachAll(this.#unknown);
  }

  /** The same of one key. Where its wire key is known, `Items` does it. */
  #forget(key: string): void {
    this.core.near?.drop(this.nearId(key));
    if (this.space.fixedKeys !== undefined) return;
    this.core.loads.detach(this.unknownWire(key));
    this.core.outage.drop(this.unknownWire(key));
  }

  /** Reads the key and the versions of its tags, and of its space, in one write. */
  async #firstRead(key: string, settings: ResolvedEntryOptions): Promise<FirstRead> {
    const reading = settings.tags.length === 0 ? undefined : this.items.readTags(settings);
    // It is awaited below, if the other read does not fail first.
    reading?.catch(() => {});
    const { result, keys } = await this.begin((maker) => this.core.getOrSet.read(maker.item(key)));
    return { item: result, wire: keys.item(key), tags: reading === undefined ? noTags : await reading };
  }

  /** The same, with the keys that were right. */
  async begin<R>(attempt: (keys: KeyMaker) => Promise<R>): Promise<{ readonly result: R; readonly keys: KeyMaker }> {
    const { fixedKeys } = this.space;
    return fixedKeys === undefined ? this.space.begin(attempt) : { result: await attempt(fixedKeys), keys: fixedKeys };
  }

  /** An attempt under the keys of the space. */
  async under<R>(attempt: (keys: KeyMaker) => Promise<R>): Promise<R> {
    const { fixedKeys } = this.space;
    return fixedKeys === undefined ? (await this.space.begin(attempt)).result : attempt(fixedKeys);
  }
}

/** A forgotten loader; one that has nothing to give returns undefined. */
function noLoader(key: string): InvalidArgumentError {
  return new InvalidArgumentError(`getOrSet of ${show(key)} needs a loader, or a value, not undefined`);
}

/** What `getOrSet` was given: a loader, or the value itself. */
function loaderOf(value: unknown): Loader<unknown> {
  return typeof value === 'function' ? (value as Loader<unknown>) : () => value;
}
