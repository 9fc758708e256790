/**
 * Who watches an AbortSignal: one listener per signal, however many calls were given it.
 *
 *   signal ─ one listener ─▶ { call, call, getMany, … }      the last one that ends takes the listener away
 *
 * Node warns of a leak at eleven listeners of one signal (before 22.12), and one signal for all calls of a request is
 * the rule.
 */
import { AbortedError } from '../core/errors.ts';
import { checkSignal } from './arguments.ts';
import type { CallOptions } from './call-options.ts';

/** What ends when a signal fires. */
export interface Watcher {
  onAbort(reason: unknown): void;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  readonly listener: () => void;
}

const allWatched = new WeakMap<AbortSignal, Watched>();

/** `watcher` is told once when the signal fires, unless it is let go before. */
export function watchSignal(signal: AbortSignal, watcher: Watcher): void {
  const watched = allWatched.get(signal) ?? beginToWatch(signal);
  watched.watchers.add(watcher);
}

/** `watcher` is told nothing any more. */
export function unwatchSignal(signal: AbortSignal, watcher: Watcher): void {
  const watched = allWatched.get(signal);
  if (watched === undefined || !watched.watchers.delete(watcher) || watched.watchers.size > 0) return;
  allWatched.delete(signal);
  signal.removeEventListener('abort', watched.listener);
}

function beginToWatch(signal: AbortSignal): Watched {
  const watchers = new Set<Watcher>();
  const listener = (): void => {
    allWatched.delete(signal);
    for (const watcher of watchers) watcher.onAbort(signal.reason);
  };
  const watched = { watchers, listener };
  allWatched.set(signal, watched);
  signal.addEventListener('abort', listener, { once: true });
  return watched;
}

/** The call's signal. Throws when it fired already. */
export function openSignal(options: number | CallOptions | undefined): AbortSignal | undefined {
  const signal = typeof options === 'object' ? options.signal : undefined;
  if (signal === undefined) return undefined;
  if (checkSignal(signal).aborted) {
    throw new AbortedError('the call was aborted before it began', { cause: signal.reason });
  }
  return signal;
}
