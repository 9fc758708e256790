/**
 * The versions of namespaces and tags. Each is an item of its own that any process may make or replace.
 *
 *   read ─▶ end of the microtask: request ─▶ the version as it is now
 *     │                                  └─ missing ─▶ add a new one ─ another was faster ─▶ read
 *     └ calls that come before the request share it; one that comes later could have begun after a change
 *   renew ─▶ a new version, which no entry has
 *
 * A version is made of time and chance, never of the one before it, and is stored once: so one that is evicted or lost
 * never comes again, and neither do the entries that have it.
 */
import { BoundedMap } from '../base/bounded-map.ts';
import type { RandomBytes } from '../base/chance.ts';
import type { Clock } from '../base/clock.ts';
import { VersionItem } from './entry.ts';
import type { ItemCallOptions, ItemCalls } from './item-calls.ts';
import { versionStamp } from './version-stamp.ts';

/** A second home of a version would bring an old one back when the first home returns. */
const atHome: ItemCallOptions = { substitute: false };

/** Versions whose last value is kept as a guess, at most. */
const mostKnown = 10_000;

/** The read of a version. */
export interface VersionRead {
  /** What it may turn out to be: the last one known, or the one that is made if there is none. */
  readonly guess: string;
  /** Whether the guess is one that this process has seen before. */
  readonly isKnown: boolean;
  /** The version at some time after the call. */
  readonly stamp: Promise<string>;
}

/** A version that this process has seen. */
interface Known {
  readonly stamp: string;
  /** Its place in the order of what this process has seen first. */
  readonly since: number;
}

/** Reads and changes versions, by their keys. */
export class Versions {
  readonly #calls: ItemCalls;
  readonly #clock: Clock;
  readonly #randomBytes: RandomBytes | undefined;
  readonly #known = new BoundedMap<string, Known>({ maxItems: mostKnown, maxSize: mostKnown });
  /** Reads whose request is not sent. */
  readonly #unsent = new Map<string, VersionRead>();
  #order = 0;

  constructor(calls: ItemCalls, clock: Clock, randomBytes?: RandomBytes) {
    this.#calls = calls;
    this.#clock = clock;
    this.#randomBytes = randomBytes;
  }

  /** The version of a key; one that is missing is made. */
  read(key: string): VersionRead {
    const unsent = this.#unsent.get(key);
    if (unsent !== undefined) return unsent;
    const known = this.#known.get(key);
    const made = known === undefined ? this.#newStamp() : undefined;
    const stamp = turnsEnd.then(() => {
      this.#unsent.delete(key);
      return this.#current(key, made);
    });
    // The callers that need it await it.
    stamp.catch(() => {});
    const read: VersionRead = { guess: known?.stamp ?? (made as string), isKnown: known !== undefined, stamp };
    this.#unsent.set(key, read);
    return read;
  }

  /** Gives a key a new version. Rejects when its node may not have it. */
  async renew(key: string): Promise<void> {
    const stamp = this.#newStamp();
    await this.#calls.setItem(key, new VersionItem(stamp), { ...atHome, ttl: Infinity });
    this.#note(key, stamp);
  }

  /** The place in the order of versions that this process has seen. */
  get order(): number {
    return this.#order;
  }

  /** Whether this process had seen this version at this place in the order already. */
  isSince(key: string, stamp: string, order: number): boolean {
    const known = this.#known.peek(key);
    return known?.stamp === stamp && known.since <= order;
  }

  #note(key: string, stamp: string): void {
    if (this.#known.peek(key)?.stamp !== stamp) this.#known.set(key, { stamp, since: ++this.#order }, 1);
  }

  async #current(key: string, made: string | undefined): Promise<string> {
    const item = await this.#calls.getItem(key, atHome);
    const stamp =
      item?.value instanceof VersionItem ? item.value.stamp : await this.#make(key, made ?? this.#newStamp());
    this.#note(key, stamp);
    return stamp;
  }

  /** `stamp`: no other read adds it. */
  async #make(key: string, stamp: string): Promise<string> {
    const made = new VersionItem(stamp);
    const { result } = await this.#calls.setItem(key, made, { ...atHome, ttl: Infinity, mode: 'add' });
    if (result === 'stored') return stamp;
    const item = await this.#calls.getItem(key, atHome);
    if (item?.value instanceof VersionItem) return item.value.stamp;
    // Evicted in between, or nothing that a cache wrote.
    await this.#calls.setItem(key, made, { ...atHome, ttl: Infinity });
    return stamp;
  }

  #newStamp(): string {
    return versionStamp(this.#clock.unixSeconds() * 1000, this.#randomBytes);
  }
}

const turnsEnd = Promise.resolve();
