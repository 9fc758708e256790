/**
 * What a read has found, and what it means for its caller (the table of states in docs/caching.md):
 *
 *   item ─▶ stub, mark          absent, won, held, failed, nothing
 *        ─▶ value ─ tags, schema, chunks fit? ─ no ─▶ gone
 *                                             └ yes ─ how old? ─▶ fresh, due, stale, fallback, gone
 */
import type { Clock } from '../base/clock.ts';
import type { LargeValues } from './chunks.ts';
import type { CacheCounters } from './counters.ts';
import type { ResolvedEntryOptions } from './entry-options.ts';
import {
  areEntryFlags,
  type EntryHead,
  Envelope,
  Failed,
  longestLease,
  Manifest,
  Nothing,
  Stub,
  type TagStamp,
  Undecodable,
} from './entry.ts';
import { type Freshness, freshLeft, freshnessOf } from './freshness.ts';
import type { CacheItem } from './item-calls.ts';
import type { Reports } from './reports.ts';
import { Unfit, validate } from './schema.ts';
import { noTags, type TagReader, type TagVersions } from './seams.ts';

/**
 * `absent`: no item. `won`: the lease of a key without value is the caller's. `held`: it is another's. `failed`: the
 * loader failed a moment ago. `nothing`: the loader gave undefined. `gone`: there is an item, but its value is of no
 * use. The others have a value.
 */
export type LookState = Freshness | 'absent' | 'won' | 'held' | 'failed' | 'nothing';

/** The state of a key after a read. */
export interface Look {
  readonly state: LookState;
  /** Undefined where there is none, or it is of no use. */
  readonly value: unknown;
  /** Of the item; 0 = there is none. */
  readonly cas: bigint;
  /** Of `failed`. */
  readonly mark: Failed | undefined;
  /** Of the cas. */
  readonly epoch: number;
}

/** The parts on which looks depend beside the item and the options. */
export interface LookParts {
  readonly clock: Clock;
  /** 0 … 1. */
  readonly random: () => number;
  readonly counters: CacheCounters;
  readonly tags: TagReader;
  readonly large: Pick<LargeValues, 'join'>;
  readonly reports: Pick<Reports, 'undecodable'>;
}

const nothingThere: Look = { state: 'absent', value: undefined, cas: 0n, mark: undefined, epoch: 0 };

/** Turns the items of reads into looks. */
export class Judge {
  readonly #parts: LookParts;

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  /**
   * The look of an item. A promise only where more must be read: chunks, tags that the caller did not name, a schema
   * that takes its time. `key`: as the user gave it; `asked`: the versions of `settings.tags`.
   */
  look(
    key: string,
    wire: string,
    item: CacheItem | undefined,
    settings: ResolvedEntryOptions,
    asked: TagVersions = noTags,
  ): Look | Promise<Look> {
    if (item === undefined) return nothingThere;
    const { value } = item;
    if (value === undefined) return bare(item.won ? 'won' : 'held', item);
    const isPlain = !areEntryFlags(item.flags) && !(value instanceof Undecodable) && !(value instanceof Stub);
    if (isPlain) return this.#judge(item, value, undefined, settings, asked);
    if (value instanceof Stub) return bare((item.ttl ?? 0) <= longestLease ? 'held' : 'gone', item);
    if (value instanceof Failed)
      return { state: 'failed', value: undefined, cas: item.cas, mark: value, epoch: item.epoch };
    if (value instanceof Nothing) return bare('nothing', item);
    if (value instanceof Envelope) return this.#judge(item, value.value, value.head, settings, asked);
    if (value instanceof Manifest) return this.#joined(wire, item, value, settings, asked);
    this.#parts.counters.misses.undecodable++;
    this.#parts.reports.undecodable(key, item.flags, value instanceof Undecodable ? value.cause : undefined);
    return bare('gone', item);
  }

  async #joined(
    wire: string,
    item: CacheItem,
    manifest: Manifest,
    settings: ResolvedEntryOptions,
    asked: TagVersions,
  ): Promise<Look> {
    const joined = await this.#parts.large.join(wire, manifest);
    if (joined !== undefined) return this.#judge(item, joined.value, manifest.head, settings, asked);
    this.#parts.counters.misses.torn++;
    return bare('gone', item);
  }

  #judge(
    item: CacheItem,
    value: unknown,
    head: EntryHead | undefined,
    settings: ResolvedEntryOptions,
    asked: TagVersions,
  ): Look | Promise<Look> {
    const stored = head?.tags;
    if (settings.tags.length > 0 || stored !== undefined) {
      const more = stored?.filter(({ name }) => !asked.has(name)).map(({ name }) => name) ?? [];
      if (more.length > 0) return this.#judgeWithTags(item, value, head as EntryHead, settings, asked, more);
      if (!haveSameTags(settings.tags, stored ?? [], asked)) {
        this.#parts.counters.misses.tag++;
        return bare('gone', item);
      }
    }
    if (settings.schema === undefined) return this.#aged(item, value, head, settings);
    const fitting = validate(settings.schema, value);
    if (fitting instanceof Promise) return fitting.then((fit: unknown) => this.#fitted(item, fit, head, settings));
    return this.#fitted(item, fitting, head, settings);
  }

  async #judgeWithTags(
    item: CacheItem,
    value: unknown,
    head: EntryHead,
    settings: ResolvedEntryOptions,
    asked: TagVersions,
    more: readonly string[],
  ): Promise<Look> {
    const versions = new Map([...asked, ...(await this.#parts.tags.read(more))]);
    return this.#judge(item, value, head, settings, versions);
  }

  #fitted(item: CacheItem, fitting: unknown, head: EntryHead | undefined, settings: ResolvedEntryOptions): Look {
    if (!(fitting instanceof Unfit)) return this.#aged(item, fitting, head, settings);
    this.#parts.counters.misses.schema++;
    return bare('gone', item);
  }

  #aged(item: CacheItem, value: unknown, head: EntryHead | undefined, settings: ResolvedEntryOptions): Look {
    const left = this.#left(item, head, settings);
    const state = freshnessOf(left, item.stale, settings, head?.times?.loadMs ?? 0, this.#parts.random);
    return { state, value: state === 'gone' ? undefined : value, cas: item.cas, mark: undefined, epoch: item.epoch };
  }

  /** Seconds that it is fresh yet. */
  #left(item: CacheItem, head: EntryHead | undefined, settings: ResolvedEntryOptions): number {
    if (item.ttl !== undefined) return freshLeft(item.ttl, settings);
    const end = head?.softExpiry;
    // The node keeps it as long as it is fresh, and says no more.
    return end === undefined ? Infinity : end / 1000 - this.#parts.clock.unixSeconds();
  }
}

/** Whether an item is a plain value that is fresh, and nothing else must be looked at. */
export function isFreshPlain(item: CacheItem | undefined, settings: ResolvedEntryOptions): item is CacheItem {
  if (item === undefined || item.ttl === undefined || item.stale || areEntryFlags(item.flags)) return false;
  const { value } = item;
  if (value === undefined || settings.schema !== undefined || settings.tags.length > 0) return false;
  if (typeof value === 'object' && (value instanceof Undecodable || value instanceof Stub)) return false;
  return freshLeft(item.ttl, settings) > settings.refreshAhead;
}

function bare(state: LookState, { cas, epoch }: CacheItem): Look {
  return { state, value: undefined, cas, mark: undefined, epoch };
}

/** Every tag that was asked for and every tag of the entry has the version that the entry has. */
function haveSameTags(askedNames: readonly string[], stored: readonly TagStamp[], versions: TagVersions): boolean {
  if (!stored.every(({ name, stamp }) => versions.get(name) === stamp)) return false;
  return askedNames.every((name) => stored.some((tag) => tag.name === name));
}
