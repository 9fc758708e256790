/** Events of a cache. */
import { refuseArgument } from '../client/arguments.ts';

/** What a cache tells its listeners. */
export interface CacheEvents {
  /** A call of the cache failed, and its caller saw a miss. */
  error: { readonly key: string; readonly node: string | undefined; readonly error: unknown };
  /** A loader failed. */
  loadError: { readonly key: string; readonly error: unknown };
  /** A load goes on without its lease: its value is not stored. */
  leaseLost: { readonly key: string };
}

const eventNames: { readonly [Name in keyof CacheEvents]: true } = { error: true, loadError: true, leaseLost: true };

/** Throws for an event that a cache does not have. */
export function checkCacheEvent(name: unknown): void {
  if (typeof name === 'string' && Object.hasOwn(eventNames, name)) return;
  refuseArgument('event', name, `one of ${Object.keys(eventNames).join(', ')}`);
}
