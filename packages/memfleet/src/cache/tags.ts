/**
 * The versions of tags. Each is an item of its own that any process may make; an entry is valid while each of its tags
 * has the version that it had before the load.
 *
 * A tag without version receives one by `add`, made of time and chance: so a version that is evicted or lost is never
 * the one that old entries carry.
 */
import type { Clock } from '../base/clock.ts';
import { VersionItem } from './entry.ts';
import type { ItemCallOptions, ItemCalls } from './item-calls.ts';
import type { KeyMaker } from './keys.ts';
import type { TagReader, TagVersions } from './seams.ts';
import { versionStamp } from './version-stamp.ts';

/** A second home of a version would bring an old one back when the first home returns. */
const atHome: ItemCallOptions = { substitute: false };

/** Reads and changes the versions of tags. */
export class Tags implements TagReader {
  readonly #calls: ItemCalls;
  readonly #keys: KeyMaker;
  readonly #clock: Clock;

  constructor(calls: ItemCalls, keys: KeyMaker, clock: Clock) {
    this.#calls = calls;
    this.#keys = keys;
    this.#clock = clock;
  }

  async read(names: readonly string[]): Promise<TagVersions> {
    const keys = new Map(names.map((name) => [name, this.#keys.tagVersion(name)]));
    const items = await this.#calls.getItems(keys.values(), atHome);
    const versions = [...keys].map(async ([name, key]) => {
      const value = items.get(key)?.value;
      return [name, value instanceof VersionItem ? value.stamp : await this.#make(key)] as const;
    });
    return new Map(await Promise.all(versions));
  }

  async #make(key: string): Promise<string> {
    const stamp = versionStamp(this.#clock.unixSeconds() * 1000);
    const made = new VersionItem(stamp);
    const { result } = await this.#calls.setItem(key, made, { ...atHome, ttl: Infinity, mode: 'add' });
    if (result === 'stored') return stamp;
    const item = await this.#calls.getItem(key, atHome);
    if (item?.value instanceof VersionItem) return item.value.stamp;
    // Evicted in between, or nothing that this cache wrote.
    await this.#calls.setItem(key, made, { ...atHome, ttl: Infinity });
    return stamp;
  }
}
