/** What users set of one entry, in the options of a cache or of a call, and the defaults. */
import { InvalidOptionError } from '../core/errors.ts';
import { type AnyOptions, type Kind, listOf, live, milliseconds, number, tableOrFalse } from '../core/option-kinds.ts';
import { checkOptions, defaultsOf, type OptionTable } from '../core/option-table.ts';
import { checkName } from './keys.ts';
import { seconds, secondsOrNull } from './option-kinds.ts';
import type { StandardSchemaV1 } from './schema.ts';

/** When an entry is refreshed before its ttl is over. */
export interface EarlyRefreshOptions {
  /** The factor by which a load's time counts: 1 is the optimum for most loads; larger is earlier. @default 1 */
  readonly beta?: number | undefined;
}

/** How an entry is kept. Options of a cache, and of its calls. */
export interface EntryOptions {
  /** Seconds that a value is fresh; 0 = not kept, null = for ever. @default 300 */
  readonly ttl?: number | null | undefined;
  /** The share of the ttl, 0 to 0.5, by which it is shortened at random, so that not all end at once. @default 0.1 */
  readonly jitter?: number | undefined;
  /** Seconds after the ttl in which the old value is returned at once and refreshed in the background. @default 0 */
  readonly staleTtl?: number | undefined;
  /** Seconds after the ttl in which the old value is returned if the loader fails. @default 0 */
  readonly staleOnError?: number | undefined;
  /** Seconds before the end of the ttl in which a read refreshes the value in the background. @default 0 */
  readonly refreshAhead?: number | undefined;
  /** Refreshes at random before the end of the ttl, the earlier the longer a load takes (XFetch). @default false */
  readonly earlyRefresh?: EarlyRefreshOptions | false | undefined;
  /** Seconds for which an `undefined` of the loader is kept; 0 = not at all. @default 0 */
  readonly negativeTtl?: number | undefined;
  /** Seconds after the failure of a loader in which no process loads again; 0 = none. @default 1 */
  readonly errorTtl?: number | undefined;
  /** Milliseconds after which a caller gets the old value while the load goes on. @default none */
  readonly softTimeout?: number | undefined;
  /** Milliseconds after which a load is aborted, and counts as failed. @default 30000 */
  readonly hardTimeout?: number | undefined;
  /** Tags of the entry: `invalidateTags` makes all entries of a tag misses. @default [] */
  readonly tags?: readonly string[] | undefined;
  /** The schema of values (Standard Schema: Zod, Valibot, ArkType, …); a stored value that does not match is a miss. */
  readonly schema?: StandardSchemaV1 | undefined;
}

const isName = (value: unknown): boolean => {
  try {
    return checkName('tag', value) !== '';
  } catch {
    return false;
  }
};

const name: Kind<string> = { name: 'text', wanted: 'a tag', fits: isName };

const isSchema = (value: unknown): boolean =>
  typeof (value as { '~standard'?: { validate?: unknown } } | null)?.['~standard']?.validate === 'function';

const earlyRefreshOptions: OptionTable<EarlyRefreshOptions> = {
  beta: { kind: number(0.01, 100), default: 1, about: 'how early; larger is earlier' },
};

const table = {
  ttl: {
    kind: secondsOrNull,
    default: 300,
    aka: [
      'ex',
      'exp',
      'expire',
      'expires',
      'expiresIn',
      'expiry',
      'expiration',
      'lifetime',
      'maxAge',
      'duration',
      'px',
    ],
    about: 'seconds that a value is fresh; 0 = not kept, `null` = for ever',
  },
  jitter: {
    kind: number(0, 0.5),
    default: 0.1,
    about: 'the share of the ttl by which it is shortened at random',
  },
  staleTtl: {
    kind: seconds(0),
    default: 0,
    aka: ['grace', 'gracePeriod', 'staleWhileRevalidate', 'swr', 'staleMaxAge'],
    about: 'seconds after the ttl in which the old value is returned at once and refreshed in the background',
  },
  staleOnError: {
    kind: seconds(0),
    default: 0,
    aka: ['failSafe', 'staleIfError', 'failSafeMaxDuration'],
    about: 'seconds after the ttl in which the old value is returned if the loader fails',
  },
  refreshAhead: {
    kind: seconds(0),
    default: 0,
    aka: ['refreshThreshold', 'eagerRefresh', 'eagerRefreshThreshold'],
    about: 'seconds before the end of the ttl in which a read refreshes the value in the background',
  },
  earlyRefresh: {
    kind: tableOrFalse<EarlyRefreshOptions>(earlyRefreshOptions),
    default: false,
    aka: ['xfetch'],
    about: 'refreshes at random before the end of the ttl, the earlier the longer a load takes (XFetch)',
  },
  negativeTtl: {
    kind: seconds(0),
    default: 0,
    about: 'seconds for which an `undefined` of the loader is kept; 0 = not at all',
  },
  errorTtl: {
    kind: seconds(0),
    default: 1,
    aka: ['graceBackoff', 'backoff'],
    about: 'seconds after the failure of a loader in which no process loads again; 0 = none',
  },
  softTimeout: {
    kind: milliseconds(1),
    about: 'how long a caller waits for a load while there is an old value',
  },
  hardTimeout: {
    kind: milliseconds(1),
    default: 30_000,
    aka: ['timeout', 'loaderTimeout', 'factoryHardTimeout'],
    about: 'the longest load: it is aborted then, and counts as failed',
  },
  tags: {
    kind: listOf(name, 'a list of tags (1 to 64 bytes, without ":", "@", "~")', 0),
    default: [],
    aka: ['tag'],
    about: 'tags of the entry, for `invalidateTags`',
  },
  schema: {
    kind: live<StandardSchemaV1>('a schema with "~standard"', isSchema),
    aka: ['validate', 'validator'],
    about: 'the schema of values (Standard Schema); a stored value that does not match is a miss',
  },
} satisfies OptionTable<EntryOptions>;

/** The options of an entry. */
export const entryOptions: OptionTable<EntryOptions> = table;

/** `EntryOptions` with nothing left open. */
export interface ResolvedEntryOptions {
  /** Seconds; null = for ever. */
  readonly ttl: number | null;
  readonly jitter: number;
  readonly staleTtl: number;
  readonly staleOnError: number;
  readonly refreshAhead: number;
  /** 0 = no early refresh. */
  readonly beta: number;
  readonly negativeTtl: number;
  readonly errorTtl: number;
  /** ms */
  readonly softTimeout: number | undefined;
  /** ms */
  readonly hardTimeout: number;
  readonly tags: readonly string[];
  readonly schema: StandardSchemaV1 | undefined;
}

const given = defaultsOf(table);

/** The defaults of `EntryOptions`. */
export const entryDefaults: ResolvedEntryOptions = Object.freeze({
  ttl: given.ttl,
  jitter: given.jitter,
  staleTtl: given.staleTtl,
  staleOnError: given.staleOnError,
  refreshAhead: given.refreshAhead,
  beta: 0,
  negativeTtl: given.negativeTtl,
  errorTtl: given.errorTtl,
  softTimeout: undefined,
  hardTimeout: given.hardTimeout,
  tags: Object.freeze([]),
  schema: undefined,
});

/**
 * The options of a call over those of the cache, checked; a number is a ttl. A call without options costs nothing.
 * Throws InvalidOptionError.
 */
export function resolveEntry(
  options: EntryOptions | number | undefined,
  defaults: ResolvedEntryOptions,
): ResolvedEntryOptions {
  if (options === undefined) return defaults;
  const said: EntryOptions = typeof options === 'number' ? { ttl: options } : options;
  if (!areSimple(said)) checkOptions(entryOptions, said, '');
  return entryOver(said, defaults);
}

/** The options whose kind has neither a check of its own nor options within. */
const simpleKinds: ReadonlyMap<string, Kind> = new Map(
  Object.entries(entryOptions as AnyOptions)
    .filter(([, { kind }]) => kind.check === undefined && kind.options === undefined)
    .map(([name, { kind }]) => [name, kind]),
);

/** Whether all options are known and valid, without garbage: `checkOptions` costs 30 times as much. */
function areSimple(said: unknown): boolean {
  if (typeof said !== 'object' || said === null) return false;
  for (const name in said) {
    const value = (said as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && simpleKinds.get(name)?.fits(value) !== true) return false;
    if (value === undefined && !simpleKinds.has(name)) return false;
  }
  return true;
}

/** The same for options that were checked. */
export function entryOver(said: EntryOptions, defaults: ResolvedEntryOptions): ResolvedEntryOptions {
  const resolved: ResolvedEntryOptions = {
    ttl: said.ttl === undefined ? defaults.ttl : said.ttl === Infinity ? null : said.ttl,
    jitter: said.jitter ?? defaults.jitter,
    staleTtl: said.staleTtl ?? defaults.staleTtl,
    staleOnError: said.staleOnError ?? defaults.staleOnError,
    refreshAhead: said.refreshAhead ?? defaults.refreshAhead,
    beta: said.earlyRefresh === undefined ? defaults.beta : betaOf(said.earlyRefresh),
    negativeTtl: said.negativeTtl ?? defaults.negativeTtl,
    errorTtl: said.errorTtl ?? defaults.errorTtl,
    softTimeout: said.softTimeout ?? defaults.softTimeout,
    hardTimeout: said.hardTimeout ?? defaults.hardTimeout,
    tags: said.tags ?? defaults.tags,
    schema: said.schema ?? defaults.schema,
  };
  if (resolved.softTimeout !== undefined && resolved.softTimeout > resolved.hardTimeout) {
    const words = `softTimeout (${resolved.softTimeout} ms) is longer than hardTimeout (${resolved.hardTimeout} ms)`;
    throw new InvalidOptionError(`option ${words}`, 'softTimeout');
  }
  return resolved;
}

function betaOf(earlyRefresh: EarlyRefreshOptions | false): number {
  return earlyRefresh === false ? 0 : (earlyRefresh.beta ?? 1);
}
