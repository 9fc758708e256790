/**
 * The keys of a fleet as a tree of prefixes, one level at a time:
 *
 *   user:1:name   user:2:name   page/a          under ''      user:  2 keys    page/  1 key
 *                                               under 'user:' 1:  1 key        2:  1 key
 */
import type { ClientOptions } from 'memfleet';
import { type DumpedItem, dumpKeys } from '../../fleet/dump-keys.ts';
import { Fleet } from '../../fleet/fleet.ts';
import { fleetOf, plainOptions } from './node-fleet.ts';

/** A prefix with all its keys, or one key. Names are byte strings. */
export interface KeyEntry {
  readonly name: string;
  readonly isKey: boolean;
  readonly keys: number;
  /** Bytes of memory. */
  readonly bytes: number;
  /** Seconds left, of those that expire first; −1 = none expires. */
  readonly ttl: number;
  /** Seconds since the last access, of the one that was read last. */
  readonly idle: number;
  /** Where the key is, or one of the keys. */
  readonly node: string;
}

/** One level of the tree. */
export interface KeyLevel {
  readonly prefix: string;
  readonly entries: readonly KeyEntry[];
  /** Keys below the prefix. */
  readonly keys: number;
  /** Keys of the entries that were left out, as there are too many. */
  readonly omitted: number;
  readonly isDone: boolean;
  readonly problems: readonly string[];
}

/** Nothing was listed yet. */
export const noKeys: KeyLevel = { prefix: '', entries: [], keys: 0, omitted: 0, isDone: true, problems: [] };

/** A level has no more entries. */
const mostEntries = 20_000;

/** Adds the keys of a level up. Pure. */
export class LevelCounter {
  readonly #prefix: string;
  readonly #separators: ReadonlySet<string>;
  readonly #entries = new Map<string, KeyEntry>();
  #keys = 0;
  #omitted = 0;

  /** `separators`: the characters that end a prefix. */
  constructor(prefix: string, separators: string) {
    this.#prefix = prefix;
    this.#separators = new Set(separators);
  }

  add({ key, node, ttl, size, idle }: DumpedItem): void {
    const whole = Buffer.from(key).toString('latin1');
    if (!whole.startsWith(this.#prefix)) return;
    this.#keys++;
    const end = this.#endOf(whole);
    const isKey = end === 0;
    const name = isKey ? whole : whole.slice(0, end);
    // A key may be on two nodes, and a prefix may be a key.
    const id = isKey ? `${node} ${name}` : name;
    const before = this.#entries.get(id);
    const bytes = Number.isFinite(size) ? size : 0;
    if (before === undefined && this.#entries.size >= mostEntries) this.#omitted++;
    else if (before === undefined) this.#entries.set(id, { name, isKey, keys: 1, bytes, ttl, idle, node });
    else
      this.#entries.set(id, {
        ...before,
        keys: before.keys + 1,
        bytes: before.bytes + bytes,
        ttl: before.ttl < 0 ? ttl : ttl < 0 ? before.ttl : Math.min(ttl, before.ttl),
        idle: Math.min(idle, before.idle),
      });
  }

  /** What has been added so far: prefixes with many keys first, then keys with many bytes. */
  level(isDone: boolean, problems: readonly string[] = []): KeyLevel {
    const entries = [...this.#entries.values()].sort(
      (a, b) => Number(a.isKey) - Number(b.isKey) || b.keys - a.keys || b.bytes - a.bytes || (a.name < b.name ? -1 : 1),
    );
    return { prefix: this.#prefix, entries, keys: this.#keys, omitted: this.#omitted, isDone, problems };
  }

  /** Behind the first separator; 0 = the key has none any more. */
  #endOf(key: string): number {
    for (let at = this.#prefix.length; at < key.length - 1; at++)
      if (this.#separators.has(key.charAt(at))) return at + 1;
    return 0;
  }
}

/** Lists the keys of a fleet, and deletes single ones. */
export class KeyBrowser {
  readonly #options: ClientOptions<never>;
  readonly #timeout: number;
  readonly #separators: string;
  #counter = new LevelCounter('', '');
  #fleet: Fleet | undefined;
  #level: KeyLevel;

  /** `prefix`: where it begins. */
  constructor(options: ClientOptions<never>, timeout: number, separators: string, prefix: string) {
    this.#options = options;
    this.#timeout = timeout;
    this.#separators = separators;
    this.#level = { ...noKeys, prefix };
  }

  /** As far as it is known. */
  get level(): KeyLevel {
    if (!this.#level.isDone) this.#level = this.#counter.level(false);
    return this.#level;
  }

  /** Lists the keys below a prefix anew; fulfils when all nodes have told theirs. A listing in progress is given up. */
  async browse(prefix: string): Promise<void> {
    this.close();
    const counter = new LevelCounter(prefix, this.#separators);
    this.#counter = counter;
    this.#level = counter.level(false);
    const fleet = new Fleet(plainOptions(this.#options), true);
    this.#fleet = fleet;
    const problems: string[] = [];
    try {
      await dumpKeys(fleet, this.#timeout, Math.floor(Date.now() / 1000), (item) => counter.add(item));
      problems.push(...[...fleet.failures.values()].map(({ message }) => message));
    } catch (error) {
      problems.push((error as Error).message);
    }
    if (this.#fleet !== fleet) return;
    this.#level = counter.level(true, problems);
    this.#fleet = undefined;
    fleet.client.destroy();
  }

  /** Gives up what is in progress. */
  close(): void {
    this.#fleet?.client.destroy();
    this.#fleet = undefined;
    if (!this.#level.isDone) this.#level = this.#counter.level(true, ['the listing was given up']);
  }

  /** Deletes a key on the node that has it; false: it was gone. */
  async remove({ name, node }: KeyEntry): Promise<boolean> {
    const fleet = fleetOf(this.#options, [node]);
    try {
      return await fleet.client.delete(Buffer.from(name, 'latin1'));
    } finally {
      fleet.client.destroy();
    }
  }
}
