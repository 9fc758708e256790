/**
 * The watchers of an AbortSignal: one listener per signal, for any number of calls.
 *
 *   signal ─ one listener ─▶ { call, call, getMany, … }      the last call that ends removes the listener
 *
 * Node warns of a leak at eleven listeners of one signal (before 22.12), and one signal for all calls of a request is
 * common.
 */
import { AbortedError } from '../core/errors.ts';
import { checkSignal } from './arguments.ts';
import type { NodeCallOptions } from './call-options.ts';

/** A call that ends when a signal fires. */
export interface Watcher {
  onAbort(reason: unknown): void;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  readonly listener: () => void;
}

const allWatched = new WeakMap<AbortSignal, Watched>();

/** Calls `watcher.onAbort` once when the signal fires. `unwatchSignal` ends that. */
export function watchSignal(signal: AbortSignal, watcher: Watcher): void {
  const watched = allWatched.get(signal) ?? beginToWatch(signal);
  watched.watchers.add(watcher);
}

/** Stops calling `watcher`. */
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

/** The call's signal. Throws AbortedError if it has fired already. */
export function openSignal(options: number | NodeCallOptions | undefined): AbortSignal | undefined {
  const signal = typeof options === 'object' ? options.signal : undefined;
  if (signal === undefined) return undefined;
  if (checkSignal(signal).aborted) {
    throw new AbortedError('the call was aborted before it began', { cause: signal.reason });
  }
  return signal;
}
