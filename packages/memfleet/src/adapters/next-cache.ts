/** What both caches of Next.js do: entries whose tags are judged at each read, and rendered by one process. */
import { BoundedMap } from '../base/bounded-map.ts';
import type { Client } from '../client/client.ts';
import { MemcacheError } from '../core/errors.ts';
import { milliseconds } from '../core/option-kinds.ts';
import { checkOptions, type OptionTable } from '../core/option-table.ts';
import { type Found, NextEntries } from './next-entries.ts';
import { judge, type NextDurations, NextTags, type Tagged, type TagView, type Verdict } from './next-tags.ts';
import { prefixOption, type PrefixOptions } from './prefix.ts';
import { SilentNodes } from './silent-nodes.ts';

/** Options of both adapters for Next.js. */
export interface NextCacheOptions extends PrefixOptions {
  /**
   * Milliseconds that a read of a missing entry waits for the process that renders it; 0 = each process renders.
   * @default 5000
   */
  readonly renderWait?: number | undefined;
}

/** The rows of `NextCacheOptions`. */
export const nextCacheOptions: OptionTable<NextCacheOptions> = {
  prefix: prefixOption,
  renderWait: {
    kind: milliseconds(0),
    default: 5000,
    about: 'how long a read of a missing entry waits for the process that renders it',
  },
};

/** The most entries whose tags are remembered, so that a read requests both in one write. */
const mostKnown = 10_000;
/** Reads of an entry that is revalidated again and again. */
const mostTries = 3;

/** An entry that may be served. */
export interface Served<Head> extends Found<Head> {
  readonly verdict: Exclude<Verdict, 'expired'>;
}

/** An entry to be stored. */
export interface ToPut<Head> {
  readonly tags: readonly string[];
  /** Unix milliseconds: the begin of the render. */
  readonly rendered: number;
  readonly head: Omit<Head, keyof Tagged>;
  readonly body: Uint8Array;
  /** Seconds. */
  readonly ttl: number;
}

/** The entries of one cache. While a node is out, its entries are misses, and are not stored. */
export class NextCache<Head extends Tagged> {
  readonly #entries: NextEntries<Head>;
  readonly #tags: NextTags;
  readonly #tagsOf = new BoundedMap<string, readonly string[]>({ maxItems: mostKnown, maxSize: Infinity });

  /** Throws InvalidOptionError. */
  constructor(client: Client<never>, options: NextCacheOptions) {
    checkOptions(nextCacheOptions, options, '');
    const { prefix = 'next:', renderWait = 5000 } = options;
    const silent = new SilentNodes(client);
    this.#entries = new NextEntries<Head>(client, { prefix, renderWait, silent });
    this.#tags = new NextTags(client, prefix, silent);
  }

  /** The key of an entry. `scope`: what has the same keys and is not to be mixed. */
  key(scope: string, key: string): string {
    return this.#entries.key(scope, key);
  }

  /** The entry; undefined: the caller is to render. `pathTags`: tags that it may not have. */
  async get(key: string, pathTags: readonly string[]): Promise<Served<Head> | undefined> {
    return orMissed(async () => {
      for (let tries = 0; tries < mostTries; tries++) {
        const known = this.#tagsOf.peek(key) ?? [];
        const [found, view] = await Promise.all([this.#entries.take(key), this.#tags.read(known, pathTags)]);
        if (found === undefined || !isTagged(found.head)) return undefined;
        const verdict = await this.#judge(key, found.head, view, pathTags);
        if (verdict !== 'expired') return { ...found, verdict };
        if (!(await this.#entries.drop(key, found.cas))) return undefined;
      }
      return undefined;
    });
  }

  /** Stores an entry, unless one of its tags has been revalidated since its render began. */
  async put(key: string, { tags, rendered, head, body, ttl }: ToPut<Head>): Promise<void> {
    await orMissed(async () => {
      const stamps = ttl > 0 ? await this.#tags.stampsFor(tags, rendered).catch(missed) : undefined;
      if (stamps === undefined) return this.#entries.forgo(key);
      this.#tagsOf.set(key, tags, 1);
      return this.#entries.put(key, { ...head, tags: stamps, rendered } as unknown as Head, body, ttl);
    });
  }

  /** Nothing is stored for a read that missed. */
  async forgo(key: string): Promise<void> {
    await orMissed(() => this.#entries.forgo(key));
  }

  /** Whether this process is to render an entry anew, while all processes serve the old one. */
  async claim(key: string): Promise<boolean> {
    return (await orMissed(() => this.#entries.claim(key))) ?? true;
  }

  /** The render of a claim is over. */
  async unclaim(key: string): Promise<void> {
    await orMissed(() => this.#entries.unclaim(key));
  }

  /** Rejects when the node of a tag is out: other processes may go on to serve old entries. */
  async revalidate(tags: readonly string[], durations?: NextDurations): Promise<void> {
    await this.#tags.revalidate(tags, durations);
  }

  /** The latest time, in Unix milliseconds, at which one of the tags was revalidated. */
  async lastRevalidated(tags: readonly string[]): Promise<number> {
    return (await orMissed(() => this.#tags.lastRevalidated(tags))) ?? Infinity;
  }

  async #judge(key: string, head: Head, view: TagView, pathTags: readonly string[]): Promise<Verdict> {
    const names = head.tags.map(([name]) => name);
    if (names.every((name) => view.records.get(name) !== undefined)) {
      const verdict = judge(head, view, pathTags);
      if (verdict !== 'expired') return verdict;
    }
    // The tags were not all known, or were read before an entry that is younger.
    this.#tagsOf.set(key, names, 1);
    return judge(head, await this.#tags.read(names, pathTags), pathTags);
  }
}

const isTagged = ({ tags, rendered }: Tagged): boolean => Array.isArray(tags) && typeof rendered === 'number';

const missed = (error: unknown): undefined => {
  if (!(error instanceof MemcacheError)) throw error;
};

/** Failures of the fleet are misses: Next.js renders. */
async function orMissed<R>(call: () => Promise<R>): Promise<R | undefined> {
  try {
    return await call();
  } catch (error) {
    return missed(error);
  }
}
