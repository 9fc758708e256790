/** `memfleet/adapters/next-cache-handlers`: a handler for `cacheHandlers` of Next.js, which `'use cache'` uses. */
import { steadyUnixNow, wallNow } from '../base/real-time.ts';
import type { Client } from '../client/client.ts';
import { lifeOf } from './milliseconds.ts';
import { NextCache, type NextCacheOptions } from './next-cache.ts';
import type { NextDurations, Tagged } from './next-tags.ts';

export type { NextCacheOptions, NextDurations };

/** The result of a cached function or component. */
export interface NextCacheEntry {
  /** The bytes; a stream is read once. */
  readonly value: ReadableStream<Uint8Array>;
  /** The tags of `cacheTag`. */
  readonly tags: string[];
  /** Seconds for which the router in the browser keeps it. */
  readonly stale: number;
  /** Unix milliseconds: when the render began. */
  readonly timestamp: number;
  /** Seconds for which it may be served. */
  readonly expire: number;
  /** Seconds after which it is rendered anew. */
  readonly revalidate: number;
}

/** A handler as `cacheHandlers` of Next.js takes it. */
export interface NextCacheHandlers {
  /** The entry, with a stream of its own; undefined: there is none, or one of its tags was revalidated. */
  get(cacheKey: string, softTags: string[]): Promise<NextCacheEntry | undefined>;
  /** Stores an entry. Does not reject if the render or the node fails: nothing is stored then. */
  set(cacheKey: string, pendingEntry: Promise<NextCacheEntry>): Promise<void>;
  /** Does nothing: each read reads the tags from the fleet. */
  refreshTags(): Promise<void>;
  /** Infinity: `get` judges the tags of the path. In development the time at which one of them was revalidated. */
  getExpiration(tags: string[]): Promise<number>;
  /** Makes entries with these tags misses, or stale, in all processes. Rejects when the node of a tag is out. */
  updateTags(tags: string[], durations?: NextDurations): Promise<void>;
}

/** The properties of an entry beside its bytes. */
interface Head extends Tagged {
  readonly stale: number;
  readonly expire: number;
  readonly revalidate: number;
}

/** The keys begin with the id of the build or deployment already. */
const scope = 'c';

/** Makes a handler for `cacheHandlers`: the default export of the file that they name. */
export function nextCacheHandlers(client: Client<never>, options: NextCacheOptions = {}): NextCacheHandlers {
  const cache = new NextCache<Head>(client, options);
  /** Entries that are being stored: reads of this process wait for them. */
  const storing = new Map<string, Promise<void>>();
  const isDevelopment = process.env['NODE_ENV'] === 'development';
  return {
    async get(cacheKey, softTags) {
      const key = cache.key(scope, cacheKey);
      await storing.get(key);
      const found = await cache.get(key, softTags);
      if (found === undefined) return undefined;
      const { tags, rendered, stale, expire, revalidate } = found.head;
      return {
        value: streamOf(found.body),
        tags: tags.map(([name]) => name),
        stale,
        // Ages are the same in all processes; the times that Next.js compares with are not.
        timestamp: steadyUnixNow() - (wallNow() - rendered),
        expire,
        revalidate: found.verdict === 'stale' ? -1 : revalidate,
      };
    },
    async set(cacheKey, pendingEntry) {
      const key = cache.key(scope, cacheKey);
      const done = store(cache, key, pendingEntry);
      storing.set(key, done);
      await done.finally(() => {
        if (storing.get(key) === done) storing.delete(key);
      });
    },
    async refreshTags() {},
    // The cache in front of this one, which Next.js has in development, judges no tags of the path.
    getExpiration: async (tags) => (isDevelopment ? cache.lastRevalidated(tags) : Infinity),
    updateTags: async (tags, durations) => cache.revalidate(tags, durations),
  };
}

async function store(cache: NextCache<Head>, key: string, pending: Promise<NextCacheEntry>): Promise<void> {
  let entry: NextCacheEntry;
  let body: Buffer;
  try {
    entry = await pending;
    body = await bytesOf(entry.value);
  } catch {
    // The render has failed, and Next.js has its error.
    return cache.forgo(key);
  }
  const { value: _, tags, timestamp, ...head } = entry;
  const age = Math.max(0, steadyUnixNow() - timestamp);
  const ttl = lifeOf(Math.ceil(entry.expire - age / 1000));
  await cache.put(key, { tags, rendered: wallNow() - age, head, body, ttl });
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
