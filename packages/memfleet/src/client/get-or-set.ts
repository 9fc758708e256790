/**
 * Read through, one load a key at a time in this process:
 *
 *   get ─ hit ─▶ value
 *    └ miss or failure ─▶ load ─▶ set (a failure is not the caller's) ─▶ value
 *        └ others for the same key wait for this load
 */
import { AbortedError, MemcacheError } from '../errors.ts';
import type { GetOrSetOptions, StoreOptions } from './call-options.ts';
import { isNodeFailure } from './call.ts';

/** Makes the value that is not in the cache. */
export type Loader<V> = (key: string) => V | Promise<V>;

/** The part of a client that is needed here. */
export interface Storage<T> {
  get<V = T>(key: string, options?: StoreOptions): Promise<V | undefined>;
  set(key: string, value: T, options?: StoreOptions): Promise<boolean>;
}

/** `loads` holds the loads under way by `id`. */
export function getOrSet<T, V extends T>(
  storage: Storage<T>,
  loads: Map<string, Promise<unknown>>,
  id: string,
  key: string,
  load: Loader<V>,
  options: GetOrSetOptions,
): Promise<V> {
  const { signal, ...settings } = options;
  if (signal?.aborted === true)
    return Promise.reject(new AbortedError('getOrSet was aborted', { cause: signal.reason }));
  // A refresh must not end up with what a plain call found in the cache. (No byte string has this character.)
  if (settings.refresh === true) id = `\u0100${id}`;
  let running = loads.get(id) as Promise<V> | undefined;
  if (running === undefined) {
    running = loadOnce(storage, key, load, settings).finally(() => {
      if (loads.get(id) === running) loads.delete(id);
    });
    loads.set(id, running);
  }
  return signal === undefined ? running : abortable(running, key, signal);
}

async function loadOnce<T, V extends T>(
  storage: Storage<T>,
  key: string,
  load: Loader<V>,
  options: GetOrSetOptions,
): Promise<V> {
  const { refresh = false, ...settings } = options;
  if (!refresh) {
    const found = await storage.get<V>(key, settings).catch(passNodeFailures);
    if (found !== undefined) return found;
  }
  const value = await load(key);
  if (value !== undefined) await storage.set(key, value, settings).catch(passNodeFailures);
  return value;
}

/** A value that cannot be stored is the caller's fault and is told; a node that fails is not. */
function passNodeFailures(error: unknown): undefined {
  if (!(error instanceof MemcacheError) || !isNodeFailure(error)) throw error;
}

/** Only this caller goes; the load goes on for the others. */
function abortable<V>(running: Promise<V>, key: string, signal: AbortSignal): Promise<V> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void =>
      reject(new AbortedError(`getOrSet of ${JSON.stringify(key)} was aborted`, { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
