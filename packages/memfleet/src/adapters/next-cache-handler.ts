/**
 * `memfleet/adapters/next-cache-handler`: a class for `cacheHandler` of Next.js, which has pages, routes, the responses
 * of `fetch` and the results of `unstable_cache`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { BoundedMap } from '../base/bounded-map.ts';
import { steadyUnixNow, wallNow } from '../base/real-time.ts';
import type { Client } from '../client/client.ts';
import { anyText } from '../core/option-kinds.ts';
import { checkOptions, type OptionTable } from '../core/option-table.ts';
import { lifeOf } from './milliseconds.ts';
import { NextCache, nextCacheOptions, type NextCacheOptions } from './next-cache.ts';
import type { NextDurations, Tagged } from './next-tags.ts';

export type { NextCacheOptions, NextDurations };

/** Options of `nextCacheHandler`. */
export interface NextCacheHandlerOptions extends NextCacheOptions {
  /** Pages of other builds are not served. @default the id of the build, which `next build` has written */
  readonly buildId?: string | undefined;
}

/** How long a page lives. */
export interface NextCacheControl {
  /** Seconds until it is rendered anew; false: never. */
  readonly revalidate: number | false;
  /** Seconds until it is not served any more; undefined: it always is. */
  readonly expire: number | undefined;
}

/** The context that Next.js passes to a new handler. */
export interface NextHandlerContext {
  /** Whether Next.js runs in development mode. */
  readonly dev?: boolean;
  /** The folder `server` of the build. */
  readonly serverDistDir?: string;
}

/** The context of a read. */
export interface NextGetContext {
  /** `FETCH` for a response of `fetch` or a result of `unstable_cache`; otherwise a page or route, as in `APP_PAGE`. */
  readonly kind: string;
  /** The tags of the call of `fetch`. */
  readonly tags?: readonly string[];
  /** The tags of the path. */
  readonly softTags?: readonly string[];
  /** Seconds after which the response of `fetch` is stale; false: never. */
  readonly revalidate?: number | false;
}

/** The context of a store. */
export interface NextSetContext {
  /** Whether it is a response of `fetch` or a result of `unstable_cache`. */
  readonly fetchCache?: boolean;
  /** The tags of the call of `fetch`. */
  readonly tags?: readonly string[];
  /** The life of a page. */
  readonly cacheControl?: NextCacheControl;
}

/** A value as it was stored. */
export interface NextCacheValue<Value> {
  /** Unix milliseconds: when it was stored. */
  readonly lastModified: number;
  /** Null: the page does not exist (404). */
  readonly value: Value | null;
  /** The life of a page. */
  readonly cacheControl?: NextCacheControl;
}

/** The handler of one request. All handlers share the entries. */
export interface NextCacheHandler {
  /** The value; null: there is none, or one of its tags was revalidated. */
  get(cacheKey: string, context: NextGetContext): Promise<NextCacheValue<never> | null>;
  /** Stores a value. Does not reject while its node is out: nothing is stored then. */
  set(cacheKey: string, data: object | null, context: NextSetContext): Promise<void>;
  /** Makes values with these tags misses, or stale, in all processes. Rejects when the node of a tag is out. */
  revalidateTag(tags: string | string[], durations?: NextDurations): Promise<void>;
  /** Does nothing: a handler keeps nothing of its own. */
  resetRequestCache(): void;
}

/** What a value has beside its bytes. */
interface Head extends Tagged {
  readonly lastModified: number;
  readonly cacheControl?: NextCacheControl | undefined;
  /** The seconds of a response of `fetch`. */
  readonly revalidate?: number | undefined;
}

/** Seconds that values without an expiry are kept. */
const aYear = 31_536_000;
const known = { maxItems: 10_000, maxSize: Infinity };
const tagsHeader = 'x-next-cache-tags';

const table: OptionTable<NextCacheHandlerOptions> = {
  ...nextCacheOptions,
  buildId: { kind: anyText, defaultText: 'the id of the build', about: 'pages of other builds are not served' },
};

/** Makes the class for `cacheHandler`: the default export of the file that it names. */
export function nextCacheHandler(
  client: Client<never>,
  options: NextCacheHandlerOptions = {},
): new (context: NextHandlerContext) => NextCacheHandler {
  checkOptions(table, options, '');
  const { buildId, ...common } = options;
  // Next.js makes several handlers for each request.
  const values = new Values(new NextCache<Head>(client, common));
  return class implements NextCacheHandler {
    readonly #context: NextHandlerContext;

    constructor(context: NextHandlerContext) {
      this.#context = context;
    }

    async get(cacheKey: string, context: NextGetContext): Promise<NextCacheValue<never> | null> {
      const build = buildId ?? buildOf(this.#context);
      return build === undefined ? null : values.get(build, cacheKey, context);
    }

    async set(cacheKey: string, data: object | null, context: NextSetContext): Promise<void> {
      const build = buildId ?? buildOf(this.#context);
      if (build !== undefined) await values.set(build, cacheKey, data, context);
    }

    async revalidateTag(tags: string | string[], durations?: NextDurations): Promise<void> {
      await values.revalidate(typeof tags === 'string' ? [tags] : tags, durations);
    }

    resetRequestCache(): void {}
  };
}

/** The values of all handlers of a process. */
class Values {
  readonly #cache: NextCache<Head>;
  /** When this process began to render what it did not find, in Unix milliseconds. */
  readonly #begins = new BoundedMap<string, number>(known);
  /** The pages that this process renders anew for all processes. */
  readonly #claims = new BoundedMap<string, true>(known);

  constructor(cache: NextCache<Head>) {
    this.#cache = cache;
  }

  async get(build: string, cacheKey: string, context: NextGetContext): Promise<NextCacheValue<never> | null> {
    const isFetch = context.kind === 'FETCH';
    const key = this.#key(isFetch, build, cacheKey);
    const found = await this.#cache.get(key, isFetch ? [...(context.tags ?? []), ...(context.softTags ?? [])] : []);
    const value = found === undefined ? undefined : valueOf(found.body);
    if (found === undefined || value === undefined) {
      this.#begin(key);
      return null;
    }
    const { head, verdict } = found;
    const seconds = isFetch ? context.revalidate || head.revalidate : head.cacheControl?.revalidate;
    const age = wallNow() - head.lastModified;
    const isStale = verdict === 'stale' || (typeof seconds === 'number' && age > seconds * 1000);
    if (!isStale) return resultOf(value, age, head.cacheControl);
    if (isFetch) {
      this.#begin(key);
      // Next.js looks at the age only.
      return resultOf(value, Math.max(age, ((seconds || aYear) + 1) * 1000));
    }
    // All processes serve the old page, and one of them renders it anew.
    if (!(await this.#cache.claim(key)))
      return resultOf(value, 0, { revalidate: 1, expire: head.cacheControl?.expire });
    this.#claims.set(key, true, 1);
    this.#begin(key);
    return resultOf(value, Math.max(age, 1001), { revalidate: 1, expire: head.cacheControl?.expire });
  }

  async set(build: string, cacheKey: string, data: object | null, context: NextSetContext): Promise<void> {
    const isFetch = context.fetchCache === true;
    const key = this.#key(isFetch, build, cacheKey);
    const now = wallNow();
    const rendered = this.#begins.peek(key) ?? now;
    this.#begins.delete(key);
    const { cacheControl } = context;
    const { revalidate } = (data ?? {}) as { readonly revalidate?: number };
    const head = isFetch ? { lastModified: now, revalidate } : { lastModified: now, cacheControl };
    const tags = isFetch ? (context.tags ?? []) : tagsOf(data);
    const ttl = lifeOf(Math.ceil((isFetch ? undefined : cacheControl?.expire) ?? aYear));
    await this.#cache.put(key, { tags, rendered, head, body: serialize(data), ttl });
    if (this.#claims.delete(key)) await this.#cache.unclaim(key);
  }

  revalidate(tags: readonly string[], durations?: NextDurations): Promise<void> {
    return this.#cache.revalidate(tags, durations);
  }

  /** Responses of `fetch` outlive a build, as in Next.js itself. */
  #key(isFetch: boolean, build: string, cacheKey: string): string {
    return this.#cache.key(isFetch ? 'f' : `p~${build}`, cacheKey);
  }

  /** What is revalidated between now and the store is not stored. */
  #begin(key: string): void {
    if (this.#begins.peek(key) === undefined) this.#begins.set(key, wallNow(), 1);
  }
}

/** `age`: milliseconds. The times that Next.js compares with are not the same in all processes. */
function resultOf(value: object | null, age: number, cacheControl?: NextCacheControl): NextCacheValue<never> {
  const result = { lastModified: Math.round(steadyUnixNow() - age), value: value as never };
  return cacheControl === undefined ? result : { ...result, cacheControl };
}

/** Undefined if the bytes are not a value. */
function valueOf(body: Uint8Array): object | null | undefined {
  try {
    const value: unknown = deserialize(body);
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The tags of a page, those of its path included. */
function tagsOf(data: { readonly headers?: Readonly<Record<string, unknown>> } | null): string[] {
  const header = data?.headers?.[tagsHeader];
  return typeof header === 'string' && header !== '' ? header.split(',') : [];
}

const builds = new Map<string, string>();

/** The id that `next build` writes before it makes pages; undefined: it has not done so. */
function buildOf({ dev, serverDistDir }: NextHandlerContext): string | undefined {
  if (dev === true || serverDistDir === undefined) return 'development';
  const path = join(serverDistDir, '..', 'BUILD_ID');
  const before = builds.get(path);
  if (before !== undefined || !existsSync(path)) return before;
  const id = readFileSync(path, 'utf8').trim();
  builds.set(path, id);
  return id;
}
