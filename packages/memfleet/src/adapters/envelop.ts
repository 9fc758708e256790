/**
 * `memfleet/adapters/envelop`: a cache of responses for Envelop and GraphQL Yoga, by entities.
 *
 *   get id ─ miss ─▶ the moment is kept ─▶ resolvers ─▶ set id, entities ─▶ stored with a tag for each type and entity,
 *                                                                           unless one was invalidated since the moment
 *   mutation ─▶ invalidate entities ─▶ the tags get new versions: the responses with them are misses in all processes
 *
 * The plugin awaits neither `set` nor `invalidate`: what they reject with must not end the process, and reads of this
 * process wait for the invalidations of this process.
 */
import { createHash } from 'node:crypto';
import { BoundedMap } from '../base/bounded-map.ts';
import { isCacheTraced } from '../cache/channels.ts';
import { type Cache, type CacheMoment, createCache } from '../cache/index.ts';
import { TaggedReads } from '../cache/tagged-reads.ts';
import type { Client } from '../client/client.ts';
import { ValueTooLargeError } from '../core/errors.ts';
import { isTraced } from '../observe/command-trace.ts';
import { secondsOf } from './milliseconds.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';

export type { PrefixOptions };

/** An entity of a response; without an id, all of its type. */
export interface EnvelopEntity {
  /** The name of its GraphQL type. */
  readonly typename: string;
  /** Its id. */
  readonly id?: number | string | null;
}

/** A response of GraphQL. */
export interface EnvelopResult {
  /** The data of the response. */
  // oxlint-disable-next-line typescript/no-explicit-any -- of any schema
  data?: any;
  /** The errors of the operation. */
  // oxlint-disable-next-line typescript/no-explicit-any -- GraphQLError, which JSON makes a plain object
  errors?: readonly any[];
  /** Data that plugins add. */
  // oxlint-disable-next-line typescript/no-explicit-any -- of any plugin
  extensions?: Record<string, any>;
}

/** The most moments that are kept: of operations in progress, and of responses that are never stored. */
const mostMoments = 10_000;
/** A response with more entities of a type has one tag for all of them. */
const mostEntities = 32;
const longestTag = 64;

/**
 * A cache for `useResponseCache({ cache })`. While nodes are out, their responses are misses and are not stored;
 * `invalidate` rejects, as responses with these entities may still be found.
 */
export class EnvelopResponseCache {
  readonly #cache: Cache;
  readonly #reads: TaggedReads<EnvelopResult | null>;
  readonly #moments = new BoundedMap<string, CacheMoment>({ maxItems: mostMoments, maxSize: mostMoments });
  readonly #invalidations = new Set<Promise<void>>();

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    const prefix = prefixOf(options, 'envelop:');
    const keyFunction = (key: string): string => prefix + key;
    this.#reads = new TaggedReads(client, keyFunction, {
      found: (text, id) => resultOf(text) ?? this.#missed(id),
      other: (id) => this.#getByCache(id),
    });
    this.#cache = createCache({
      client: client as Client,
      keyFunction,
      jitter: 0,
      large: 'chunk',
      outageTtl: 0,
      pendingDeletes: false,
    });
  }

  /** The response of an operation, or null. */
  get(id: string): Promise<EnvelopResult | null> {
    if (this.#invalidations.size === 0) return this.#get(id);
    return Promise.allSettled(this.#invalidations).then(() => this.#get(id));
  }

  #get(id: string): Promise<EnvelopResult | null> {
    // The channels of the cache and of the client have all their calls.
    return isCacheTraced() || isTraced() ? this.#getByCache(id) : this.#reads.get(id);
  }

  async #getByCache(id: string): Promise<EnvelopResult | null> {
    return resultOf(await this.#cache.get(id)) ?? this.#missed(id);
  }

  /** The moment is kept. */
  async #missed(id: string): Promise<null> {
    if (this.#moments.peek(id) !== undefined) return null;
    const moment = await this.#cache.moment();
    // The one of the call that read its data first stays.
    if (this.#moments.peek(id) === undefined) this.#moments.set(id, moment, 1);
    return null;
  }

  /**
   * Stores the response of an operation for `ttl` milliseconds, rounded up to seconds; Infinity: for ever. It is not
   * stored if one of its entities was invalidated since `get` found none.
   */
  set(id: string, result: EnvelopResult, entities: Iterable<EnvelopEntity>, ttl: number): Promise<void> {
    return heeded(this.#store(id, result, [...tagsOf(entities)], ttl));
  }

  /** Makes responses with these entities misses, in all processes. */
  invalidate(entities: Iterable<EnvelopEntity>): Promise<void> {
    const tags = [...entities].flatMap(({ typename, id }) =>
      isNone(id) ? tagOf(typename) : [tagOf(typename, String(id)), someOf(typename)],
    );
    const invalidation = this.#cache.invalidateTags(...tags).finally(() => this.#invalidations.delete(invalidation));
    this.#invalidations.add(invalidation);
    return heeded(invalidation);
  }

  async #store(id: string, result: EnvelopResult, tags: string[], ttl: number): Promise<void> {
    // Here, as the plugin may change the result after the call.
    const text = JSON.stringify(result);
    const seconds = secondsOf(ttl);
    const moment = this.#moments.peek(id);
    this.#moments.delete(id);
    if (seconds === -1) return;
    try {
      await (moment ?? this.#cache).set(id, text, { tags, ttl: seconds === Infinity ? null : seconds });
    } catch (error) {
      if (!(error instanceof ValueTooLargeError)) throw error;
    }
  }
}

/** The promise, whose rejection the caller may leave unhandled. */
function heeded(doing: Promise<void>): Promise<void> {
  doing.catch(() => {});
  return doing;
}

/** Null if the text is not a response. */
function resultOf(text: unknown): EnvelopResult | null {
  if (typeof text !== 'string') return null;
  try {
    const result: unknown = JSON.parse(text);
    return typeof result === 'object' ? result : null;
  } catch {
    return null;
  }
}

const isNone = (id: EnvelopEntity['id']): boolean => id === undefined || id === null;

/** A tag for each type and each entity, or for the type that has many entities. */
function tagsOf(entities: Iterable<EnvelopEntity>): Set<string> {
  const byType = new Map<string, Set<string>>();
  for (const { typename, id } of entities) {
    const ids = byType.get(typename) ?? new Set();
    byType.set(typename, isNone(id) ? ids : ids.add(String(id)));
  }
  const tags = new Set<string>();
  for (const [typename, ids] of byType) {
    tags.add(tagOf(typename));
    if (ids.size > mostEntities) tags.add(someOf(typename));
    else for (const id of ids) tags.add(tagOf(typename, id));
  }
  return tags;
}

/** The tag of responses with many entities of a type, which changes with each of them. */
const someOf = (typename: string): string => tagOf(`${typename}-`);

/** The tag of a type or an entity: its name, or a hash if a tag cannot be so long or have these characters. */
function tagOf(typename: string, id?: string): string {
  const name = id === undefined ? typename : `${typename}.${id}`;
  if (/^[\w.-]+$/.test(name) && name.length <= longestTag) return name;
  return `#${createHash('sha256').update(name, 'utf16le').digest('base64url')}`;
}
