/** The tags of entries: an entry is valid while each of its tags has the version that it had before the load. */
import type { KeyMaker } from './keys.ts';
import type { TagVersions } from './seams.ts';
import { TagWatch, type WatchedTags } from './tag-watch.ts';
import type { Versions } from './versions.ts';

/** No tag of a user has this name. */
const allTags = '';

/** Reads and changes the versions of tags. */
export class Tags implements WatchedTags {
  readonly #versions: Versions;
  readonly #keys: KeyMaker;
  /** A loader has added tags. */
  #areAdded = false;

  constructor(versions: Versions, keys: KeyMaker) {
    this.#versions = versions;
    this.#keys = keys;
  }

  async read(names: readonly string[]): Promise<TagVersions> {
    const stamps = await Promise.all(names.map((name) => this.#versions.read(this.#keyOf(name)).stamp));
    return new Map(names.map((name, at) => [name, stamps[at] as string]));
  }

  /** Entries with one of these tags are misses from now on. Rejects when one of the tags may not have a new version. */
  async invalidate(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    // Before the others: a reader of a tag's new version must be able to see that a tag was invalidated.
    const [ofAll] = await Promise.allSettled([this.#versions.renew(this.#keyOf(allTags))]);
    const renewing = [...new Set(names)].map((name) => this.#versions.renew(this.#keyOf(name)));
    // All of them are tried, and all are over when the caller hears of the first that failed.
    const renewed = await Promise.allSettled(renewing);
    for (const outcome of [ofAll, ...renewed]) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Begins to watch the tags that a loader may add. Before the load; `isLikely`: the loader takes its context. */
  watch(isLikely: boolean): TagWatch | Promise<TagWatch> {
    const { order } = this.#versions;
    if (!isLikely && !this.#areAdded) return new TagWatch(this, undefined, order);
    // Without the version of all tags, versions that were not known before do not count.
    return this.ofAll().then(
      (before) => new TagWatch(this, before, order),
      () => new TagWatch(this, undefined, order),
    );
  }

  /** Loaders of this cache add tags. */
  areAdded(): void {
    this.#areAdded = true;
  }

  /** The version of all tags: another one after each invalidation. */
  ofAll(): Promise<string> {
    return this.#versions.read(this.#keyOf(allTags)).stamp;
  }

  /** Whether this process knew these versions, as those of then, at this place in the order. */
  wereCurrent(versions: TagVersions, order: number): boolean {
    return [...versions].every(([name, stamp]) => this.#versions.isSince(this.#keyOf(name), stamp, order));
  }

  #keyOf(name: string): string {
    return this.#keys.tagVersion(name);
  }
}
