/** From a value to its entry and the ttl that its node receives. */
import type { Clock } from '../base/clock.ts';
import type { ResolvedEntryOptions } from './entry-options.ts';
import { type EntryHead, Envelope } from './entry.ts';
import { freshFor, keptAfter, marginOf } from './freshness.ts';
import type { ItemCalls } from './item-calls.ts';
import { noTags, type TagVersions } from './seams.ts';

/** A stored entry. */
export interface Written {
  /** The value, or an envelope with it. */
  readonly entry: unknown;
  /** Seconds; Infinity = for ever. 0 = it is not to be kept. */
  readonly ttl: number;
}

/** What a value brings along. */
export interface Provenance {
  /** The versions of its tags before its load; all of them are stored. */
  readonly tags?: TagVersions;
  /** How long its load took: ms. */
  readonly loadTime?: number;
  /** Seconds, in place of the option. */
  readonly ttl?: number | null | undefined;
}

/** Makes entries of values. */
export class EntryWriter {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #calls: Pick<ItemCalls, 'nodeInfo'>;
  readonly #isShared: boolean;

  /** `random` gives 0 … 1. `isShared`: other clients read the entries, so none is an envelope. */
  constructor(clock: Clock, random: () => number, calls: Pick<ItemCalls, 'nodeInfo'>, isShared: boolean) {
    this.#clock = clock;
    this.#random = random;
    this.#calls = calls;
    this.#isShared = isShared;
  }

  write(key: string, value: unknown, settings: ResolvedEntryOptions, from: Provenance = {}): Written {
    const ttl = from.ttl === undefined ? settings.ttl : from.ttl;
    if (ttl === 0) return { entry: value, ttl: 0 };
    const fresh = freshFor(ttl, settings, this.#random());
    const kept = keptAfter(settings) + marginOf(settings);
    // Nobody could tell an old value from a fresh one.
    if (this.#isShared) return { entry: value, ttl: kept > 0 && this.#mayBeClassic(key) ? fresh : fresh + kept };
    const head = this.#head(key, settings, from, kept > 0 ? fresh : Infinity);
    return { entry: head === undefined ? value : new Envelope(value, head), ttl: fresh + kept };
  }

  /** Undefined: the entry is the value itself. */
  #head(
    key: string,
    settings: ResolvedEntryOptions,
    { tags = noTags, loadTime }: Provenance,
    soft: number,
  ): EntryHead | undefined {
    const needsTimes = settings.beta > 0 && loadTime !== undefined;
    const needsSoftExpiry = soft !== Infinity && this.#mayBeClassic(key);
    if (tags.size === 0 && !needsTimes && !needsSoftExpiry) return undefined;
    const now = this.#clock.unixSeconds() * 1000;
    return {
      tags: tags.size === 0 ? undefined : [...tags].map(([name, stamp]) => ({ name, stamp })),
      times: needsTimes ? { created: now, loadMs: loadTime } : undefined,
      softExpiry: needsSoftExpiry ? now + soft * 1000 : undefined,
    };
  }

  /** Its node does not tell how long an item has to live, or nobody knows yet: this may be the first call. */
  #mayBeClassic(key: string): boolean {
    return this.#calls.nodeInfo(key)?.protocol !== 'meta';
  }
}
