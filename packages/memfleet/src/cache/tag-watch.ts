/**
 * The tags that a loader adds while it runs, often when it has read its data already. The versions that are stored must
 * be those of before the load, which nobody has read; so they count only if it can be told that they are the same:
 *
 *   - this process had seen the version before the load began, and a version never comes again; or
 *   - no tag of the cache was invalidated meanwhile: each invalidation first renews the version of all tags.
 *
 * The version of all tags is read before the loads of loaders that take a context, and before all loads as soon as a
 * loader of this cache has added a tag.
 */
import type { TagReader, TagVersions } from './seams.ts';

/** What a watch needs to know of tags. */
export interface WatchedTags extends TagReader {
  /** The version of all tags: another one after each invalidation. */
  ofAll(): Promise<string>;
  /** Whether this process knew these versions, as those of then, at this place in the order. */
  wereCurrent(versions: TagVersions, order: number): boolean;
}

/** The tags of one load. */
export class TagWatch {
  readonly #tags: WatchedTags;
  /** The version of all tags before the load; undefined = it was not read. */
  readonly #before: string | undefined;
  readonly #order: number;
  readonly #reads: Promise<TagVersions>[] = [];

  /** `order`: that of the versions before the load. */
  constructor(tags: WatchedTags, before: string | undefined, order: number) {
    this.#tags = tags;
    this.#before = before;
    this.#order = order;
  }

  /** Whether the loader has added none. */
  get isEmpty(): boolean {
    return this.#reads.length === 0;
  }

  /** The loader adds tags. */
  add(names: readonly string[]): void {
    const reading = this.#tags.read(names);
    // Looked at when the load is over.
    reading.catch(() => {});
    this.#reads.push(reading);
  }

  /** The versions of tags; undefined: they may be others than at the beginning. */
  async unchanged(names: readonly string[]): Promise<TagVersions | undefined> {
    const watch = new TagWatch(this.#tags, this.#before, this.#order);
    watch.add(names);
    const { versions, areOld } = await watch.end();
    return areOld ? versions : undefined;
  }

  /** The versions of the tags, and whether they are those of before the load. Rejects when they cannot be read. */
  async end(): Promise<{ readonly versions: TagVersions; readonly areOld: boolean }> {
    const versions = new Map((await Promise.all(this.#reads)).reverse().flatMap((some) => [...some]));
    if (this.#tags.wereCurrent(versions, this.#order)) return { versions, areOld: true };
    return { versions, areOld: this.#before !== undefined && (await this.#tags.ofAll()) === this.#before };
  }
}
