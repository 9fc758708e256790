/** How calls of a cache settle: P5 in time, P6 with values of ours or none, P7 by which errors. */
import { InvalidArgumentError, MemcacheError } from 'memfleet';
import { LoaderFailedElsewhereError } from 'memfleet/cache';
import type { Problem } from '../problem.ts';
import type { Standstill } from './bounds.ts';
import type { CacheEvent, CacheTimes } from './cache.ts';

/** How long calls of a cache wait: ms. */
export interface CacheWaits extends Pick<CacheTimes, 'leaseWait' | 'hardTimeout'> {
  readonly timeout: number;
}

/** The message of a loader that fails. */
export const loadFailed = 'load failed';

/** A call that is late by less is in time: ms. */
const slack = 100;
/** What was due while a process stood still comes so much later: ms. */
const afterStandstill = 12;

/** P5: every call settles in its time. `end`: when the run ended. */
export function checkCacheBounds(
  events: readonly CacheEvent[],
  { hardTimeout, leaseWait, timeout }: CacheWaits,
  standstills: readonly Standstill[],
  end: number,
): Problem[] {
  const longest = 2 * timeout + leaseWait + hardTimeout;
  return events.flatMap(({ beginAt, caller, endAt, key, kind, space, tags = [] }): Problem[] => {
    if (kind === 'load' || kind === 'spoil') return [];
    // A pending delete is sent first; the versions of the namespace, or of the tags, are read, added, read and set.
    const before = (space === 's' || tags.length > 0 ? 5 : 1) * timeout;
    const most = before + (kind === 'getOrSet' ? longest : timeout);
    const settled = Math.min(endAt, end);
    const name = caller.split('.', 1)[0];
    const stood = standstills
      .filter(({ from, place, to }) => (place === caller || place === name) && to > beginAt && from < settled)
      .reduce((sum, { from, to }) => sum + to - from + afterStandstill, 0);
    const took = settled - beginAt;
    if (took <= most + slack + stood) return [];
    const message = `${kind} of ${caller} took ${Math.round(took)} ms; it may take ${most}`;
    return [{ rule: 'P5', key, at: beginAt, message }];
  });
}

/** P6: what a read returned is one of our values or nothing, whatever was in the item. */
export function checkCacheValue({ key, kind }: CacheEvent, value: unknown, at: number): Problem[] {
  if (value === undefined || typeof value === 'number') return [];
  return [{ rule: 'P6', key, at, message: `${kind} ${key} returned ${JSON.stringify(value)}` }];
}

/**
 * G2 and P7: the errors with which a call may reject; its arguments are right. `hidesErrors`: those of nodes are
 * misses.
 */
export function checkRejection(event: CacheEvent, error: unknown, hidesErrors: boolean, at: number): Problem[] {
  const isOurs =
    (error instanceof MemcacheError && !(error instanceof InvalidArgumentError)) ||
    (error instanceof Error && error.message === loadFailed);
  if (isOurs && (!hidesErrors || isTold(event, error))) return [];
  const message = `${event.kind} rejected with ${String(error)}`;
  return [{ rule: isOurs ? 'P7' : 'G2', key: event.key, at, message }];
}

/** Whether a cache that hides errors tells this one: that of a loader, or of a change that must not be lost. */
function isTold({ kind }: CacheEvent, error: Error): boolean {
  if (kind === 'clear' || kind === 'invalidate') return true;
  if (kind !== 'getOrSet') return false;
  const told = [loadFailed, ' not loaded in '];
  return error instanceof LoaderFailedElsewhereError || told.some((text) => error.message.includes(text));
}
