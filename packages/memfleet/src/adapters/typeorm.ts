/** `memfleet/adapters/typeorm`: a provider for TypeORM's cache of query results. */
import { wallNow } from '../base/real-time.ts';
import type { Client } from '../client/client.ts';
import { InvalidArgumentError, ValueTooLargeError } from '../core/errors.ts';
import { secondsOf } from './milliseconds.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';
import { Scope } from './scope.ts';

export type { PrefixOptions };

/** A query, and its result where there is one; as TypeORM's `QueryResultCacheOptions`. */
export interface TypeormQueryResult {
  /** The id of `cache(id)`; without one the query itself is the key. */
  identifier?: string;
  /** Milliseconds since 1970 at which the result was stored. */
  time?: number;
  /** Milliseconds for which the result is returned. */
  duration: number;
  /** The query with its parameters. */
  query?: string;
  /** The rows as JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- TypeORM's own type
  result?: any;
}

/** What the names of results begin with: an id never equals the text of a query. */
const parts = { id: 'i:', query: 'q:' } as const;

/** TypeORM appends these to the id for the queries that it derives: counts and pages. */
const besides = ['', '-count', '-pagination'];

/**
 * A provider for the option `cache` of a DataSource: `cache: { provider: () => new TypeormQueryCache(client) }`. What
 * fails rejects; with TypeORM's `ignoreErrors` the database replies instead.
 */
export class TypeormQueryCache {
  readonly #client: Client<string>;
  readonly #scope: Scope<string>;

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    this.#client = client.with<string>({ errors: 'throw' });
    this.#scope = new Scope(this.#client, prefixOf(options, 'typeorm:'));
  }

  /** The client connects by itself. */
  async connect(): Promise<void> {}

  /** Leaves the client open. */
  async disconnect(): Promise<void> {}

  /** There is no table. */
  async synchronize(): Promise<void> {}

  /** The result of a query, or undefined. */
  getFromCache(query: TypeormQueryResult): Promise<TypeormQueryResult | undefined> {
    const { identifier = '', query: sql = '' } = query;
    if (identifier === '' && sql === '') return Promise.resolve(undefined);
    const made = (text: unknown): TypeormQueryResult | undefined =>
      typeof text === 'string' ? resultOf(text, query) : undefined;
    return identifier === '' ? this.#scope.get(sql, made, parts.query) : this.#scope.get(identifier, made, parts.id);
  }

  /** Stores a result for its duration. One that is larger than an item is not stored. */
  async storeInCache(query: TypeormQueryResult): Promise<void> {
    const name = nameOf(query);
    if (name === undefined) return;
    const { time = wallNow(), duration, result } = query;
    if (typeof result !== 'string') throw new InvalidArgumentError(`a result must be a text, not ${typeof result}`);
    const ttl = secondsOf(duration);
    if (ttl === -1) return;
    const text = `${Math.trunc(time)} ${Math.ceil(duration)}\n${result}`;
    try {
      await this.#scope.run((keyOf) => this.#client.set(keyOf(name), text, { ttl }));
    } catch (error) {
      if (!(error instanceof ValueTooLargeError)) throw error;
    }
  }

  /** Whether the duration of a result is over. */
  isExpired({ time = 0, duration }: TypeormQueryResult): boolean {
    return time + duration < wallNow();
  }

  /** Makes all results misses, on all nodes; nothing else. */
  async clear(): Promise<void> {
    await this.#scope.clear();
  }

  /** Deletes the results of these ids, with those of the counts and pages that TypeORM derives from their queries. */
  async remove(identifiers: readonly string[]): Promise<void> {
    const names = identifiers.flatMap((id) => besides.map((end) => `${parts.id}${id}${end}`));
    await this.#scope.run((keyOf) => this.#client.deleteMany(names.map(keyOf)));
  }
}

/** Reads the time, the duration and, from the next line on, the rows. Undefined if the text is not a result. */
function resultOf(text: string, { identifier, query }: TypeormQueryResult): TypeormQueryResult | undefined {
  const [blank, end] = [text.indexOf(' '), text.indexOf('\n')];
  const time = numberIn(text, 0, blank);
  const duration = numberIn(text, blank + 1, end);
  if (blank < 1 || end < blank + 2 || Number.isNaN(time) || Number.isNaN(duration)) return undefined;
  const found: TypeormQueryResult = { time, duration, result: text.slice(end + 1) };
  if (identifier !== undefined) found.identifier = identifier;
  if (query !== undefined) found.query = query;
  return found;
}

/** The number of a part of the text. The usual digits are read one by one, which takes less time than `Number`. */
function numberIn(text: string, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9 || end - start > 15) return Number(text.slice(start, end));
    number = number * 10 + digit;
  }
  return number;
}

/** The name of a result. */
function nameOf({ identifier = '', query = '' }: TypeormQueryResult): string | undefined {
  if (identifier !== '') return parts.id + identifier;
  return query === '' ? undefined : parts.query + query;
}
