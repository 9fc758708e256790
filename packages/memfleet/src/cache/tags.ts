/** The tags of entries: an entry is valid while each of its tags has the version that it had before the load. */
import type { KeyMaker } from './keys.ts';
import type { TagReader, TagVersions } from './seams.ts';
import type { Versions } from './versions.ts';

/** Reads and changes the versions of tags. */
export class Tags implements TagReader {
  readonly #versions: Versions;
  readonly #keys: KeyMaker;

  constructor(versions: Versions, keys: KeyMaker) {
    this.#versions = versions;
    this.#keys = keys;
  }

  async read(names: readonly string[]): Promise<TagVersions> {
    const reads = names.map((name) => this.#versions.read(this.#keys.tagVersion(name)).stamp);
    const stamps = await Promise.all(reads);
    return new Map(names.map((name, at) => [name, stamps[at] as string]));
  }

  /** Entries with one of these tags are misses from now on. Rejects when one of the tags may not have a new version. */
  async invalidate(names: readonly string[]): Promise<void> {
    const renewing = [...new Set(names)].map((name) => this.#versions.renew(this.#keys.tagVersion(name)));
    // All of them are tried, and all are over when the caller hears of the first that failed.
    const renewed = await Promise.allSettled(renewing);
    for (const outcome of renewed) if (outcome.status === 'rejected') throw outcome.reason;
  }
}
