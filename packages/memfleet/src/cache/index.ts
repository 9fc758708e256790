/** The public entry point memfleet/cache: values of keys, with one loader in the whole fleet. */
export { Cache } from './cache.ts';
export type { CacheLoadMessage, CacheMessage, CacheOutcome, LoadOutcome } from './channels.ts';
export type { ClearOptions } from './clear-options.ts';
export { createCache } from './create-cache.ts';
export type { EarlyRefreshOptions, EntryOptions } from './entry-options.ts';
export { LoadCycleError, LoaderFailedElsewhereError } from './errors.ts';
export type { CacheEvents } from './events.ts';
export type { Interop } from './interop.ts';
export type { KeyFunction } from './keys.ts';
export type { LoadContext, Loader } from './load.ts';
export { CacheMoment, type SetSince } from './moment.ts';
export {
  cacheDefaults,
  type CacheOptions,
  type CompressOptions,
  type NearOptions,
  type PendingDeleteOptions,
} from './options.ts';
export type { OriginSettings } from './origin-settings.ts';
export type { AnySchema, CacheSchema, Key, SchemaIssue, SchemaResult, StandardSchemaV1, ValueOf } from './schema.ts';
export type {
  CacheBytes,
  CacheHits,
  CacheLeases,
  CacheLoads,
  CacheMisses,
  CacheStats,
  NearStats,
  PendingDeleteStats,
} from './stats.ts';
