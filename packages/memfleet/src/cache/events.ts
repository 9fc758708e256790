/** Events of a cache. */
import { refuseArgument, show } from '../client/arguments.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import { suggestion } from '../core/suggestion.ts';

/** The events of a cache. `key`: as the caller gave it, also in a namespace. */
export interface CacheEvents {
  /** A call failed, and its caller saw a miss. */
  error: { readonly key: string; readonly node: string | undefined; readonly error: unknown };
  /** A loader failed. A loader of many keys: one event for each of them. */
  loadError: { readonly key: string; readonly error: unknown };
  /** A load continues without its lease: its value is not stored. */
  leaseLost: { readonly key: string };
  /**
   * Deletes that a node did not receive were dropped, because there were too many of them (`keys`) or they were too
   * old. Until their ttl ends the node may return old values of these keys; `flush` of the client removes them.
   */
  staleRisk: { readonly node: string; readonly keys: number };
  /** An item cannot be decoded: another client stored it, or it is damaged. The caller saw a miss. */
  undecodable: { readonly key: string; readonly flags: number; readonly cause: unknown };
}

const eventNames: { readonly [Name in keyof CacheEvents]: true } = {
  error: true,
  loadError: true,
  leaseLost: true,
  staleRisk: true,
  undecodable: true,
};

/** Throws for an event that a cache does not have. */
export function checkCacheEvent(name: unknown): void {
  if (typeof name === 'string' && Object.hasOwn(eventNames, name)) return;
  const known = Object.keys(eventNames);
  if (typeof name !== 'string') refuseArgument('event', name, `one of ${known.join(', ')}`);
  throw new InvalidArgumentError(`unknown event ${show(name)}${suggestion(name, known)}`);
}
