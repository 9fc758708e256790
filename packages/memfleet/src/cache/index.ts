/** The public entry point memfleet/cache: values of keys, with one loader in the whole fleet. */
export { Cache } from './cache.ts';
export { createCache } from './create-cache.ts';
export type { EntryOptions } from './entry-options.ts';
export { LoadCycleError, LoaderFailedElsewhereError } from './errors.ts';
export type { CacheEvents } from './events.ts';
export type { KeyFunction } from './keys.ts';
export type { LoadContext, Loader } from './load.ts';
export {
  cacheDefaults,
  type CacheOptions,
  type CompressOptions,
  type NearOptions,
  type PendingDeleteOptions,
} from './options.ts';
export type { AnySchema, CacheSchema, Key, ValueOf } from './schema.ts';
