/**
 * The near cache: values in the memory of the process, for a moment.
 *
 *   read of a node ─▶ begin ─ reply ─▶ keep ─▶ fresh, until `ttl` is over or the value itself is stale
 *                       └ own write of the key ─▶ `drop`: nothing is kept of this read
 *   afterwards, a value above 4 KB ─▶ toValidate: the node tells whether its cas is still the same ─▶ renew
 *
 * Smaller values are read again, as a validation would save nothing. A cas token is worth nothing after all connections
 * to the node were lost: a restarted node counts from the beginning again.
 */
import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import type { TagStamp } from './entry.ts';
import type { NearOptions, Whole } from './options.ts';
import { copyOf, share, type Sharing } from './shared-value.ts';
import type { NearStats } from './stats.ts';

/** Bytes above which a value is validated, not read again. */
const leastToValidate = 4096;

/** The properties of a value in a reply. */
export interface Reported {
  /** Undefined: the node tells none. */
  readonly cas: bigint | undefined;
  /** The epoch of the node when the request was sent. */
  readonly epoch: number;
  /** The size of the encoded value in bytes. */
  readonly size: number;
  /** Milliseconds for which the value is fresh; Infinity = for ever. */
  readonly freshFor: number;
  /** The tags of the entry, with their versions. */
  readonly tags?: readonly TagStamp[] | undefined;
}

/** A value that is kept. */
export class NearEntry {
  readonly #value: unknown;
  readonly #sharing: Sharing;
  readonly cas: bigint | undefined;
  readonly epoch: number;
  readonly size: number;
  readonly tags: readonly TagStamp[];
  /** ms on the clock. */
  until: number;

  constructor(value: unknown, sharing: Sharing, { cas, epoch, size, tags = [] }: Reported, until: number) {
    this.#value = value;
    this.#sharing = sharing;
    this.cas = cas;
    this.epoch = epoch;
    this.size = size;
    this.tags = tags;
    this.until = until;
  }

  /** The value, or a copy for this caller. */
  get value(): unknown {
    return this.#sharing === 'copied' ? copyOf(this.#value) : this.#value;
  }
}

/** A read whose value may be kept. */
export interface NearFill {
  readonly key: string;
  /** When it began: ms on the clock. */
  readonly since: number;
}

/** Values in the memory of the process. */
export class NearCache {
  readonly #options: Whole<NearOptions>;
  readonly #clock: Clock;
  readonly #entries: BoundedMap<string, NearEntry>;
  /** Reads in progress, one a key. */
  readonly #fills = new Map<string, NearFill>();

  constructor(options: Whole<NearOptions>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#entries = new BoundedMap({ maxItems: options.maxItems, maxSize: options.maxBytes });
  }

  /** The entry of a key, while no request is needed. */
  fresh(key: string): NearEntry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > this.#clock.now() ? entry : undefined;
  }

  /**
   * The entry of a key whose time is over, if it is worth a validation. `epoch`: that of the node now. An entry that is
   * not is dropped.
   */
  toValidate(key: string, epoch: number): NearEntry | undefined {
    const entry = this.#entries.peek(key);
    if (entry === undefined || entry.until > this.#clock.now()) return undefined;
    const isWorthIt = this.#options.validate && entry.size > leastToValidate;
    if (isWorthIt && entry.cas !== undefined && entry.epoch === epoch) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** ms on the clock. */
  get now(): number {
    return this.#clock.now();
  }

  /** A read of a key begins, and its value may be kept. Undefined: another read of the key is in progress. */
  begin(key: string): NearFill | undefined {
    if (this.#fills.has(key)) return undefined;
    const fill: NearFill = { key, since: this.#clock.now() };
    this.#fills.set(key, fill);
    return fill;
  }

  /**
   * The read has this value, which is kept unless the key was written since `begin`. This may freeze the value.
   * Returns the value for the caller.
   */
  keep(fill: NearFill, value: unknown, reported: Reported): unknown {
    if (!this.end(fill)) return value;
    const { key, since } = fill;
    const until = this.#until(since, reported.freshFor);
    const sharing = until > this.#clock.now() ? share(value, this.#options.freeze) : undefined;
    if (sharing === undefined) {
      this.#entries.delete(key);
      return value;
    }
    const entry = new NearEntry(value, sharing, reported, until);
    this.#entries.set(key, entry, key.length + reported.size);
    return entry.value;
  }

  /** The read has no value that can be kept. False: the key was written since `begin`. */
  end(fill: NearFill): boolean {
    return this.#fills.get(fill.key) === fill && this.#fills.delete(fill.key);
  }

  /**
   * The node has the value of this entry still. `since`: when it was asked, ms on the clock; `freshFor`: ms, as in
   * `Reported`.
   */
  renew(key: string, entry: NearEntry, since: number, freshFor: number): void {
    if (this.#entries.peek(key) === entry) entry.until = this.#until(since, freshFor);
  }

  /** The key is written or deleted: its kept value is old, and a value that is being read may be. */
  drop(key: string): void {
    this.#fills.delete(key);
    this.#entries.delete(key);
  }

  /** Drops everything. */
  clear(): void {
    this.#fills.clear();
    this.#entries.clear();
  }

  /** Counts of the kept values. */
  stats(): NearStats {
    const { count, size, evicted } = this.#entries;
    return { items: count, bytes: size, evicted };
  }

  /** The node may have changed the value as soon as it was asked. */
  #until(since: number, freshFor: number): number {
    return Math.min(since + this.#options.ttl, this.#clock.now() + freshFor);
  }
}
