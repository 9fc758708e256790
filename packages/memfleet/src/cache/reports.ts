import { EventListeners } from '../base/event-listeners.ts';
import { MemcacheError } from '../core/errors.ts';
import type { CacheCounters } from './counters.ts';
import type { CacheEvents } from './events.ts';

/** Reports of what callers do not see: events and counters. */
export class Reports {
  readonly listeners: EventListeners<CacheEvents> = new EventListeners();
  readonly #counters: CacheCounters;

  constructor(counters: CacheCounters) {
    this.#counters = counters;
  }

  /** A call of the cache failed, and its caller sees a miss. */
  hidden(error: unknown, key: string): void {
    this.#counters.hiddenErrors++;
    this.listeners.emit('error', { key, node: error instanceof MemcacheError ? error.node : undefined, error });
  }

  /** A loader failed, with or without a caller that waits for it. */
  loadFailed(error: unknown, key: string): void {
    this.listeners.emit('loadError', { key, error });
  }

  /** Deletes that a node has not received were dropped. */
  staleRisk(node: string, keys: number): void {
    this.listeners.emit('staleRisk', { node, keys });
  }

  /** A load goes on without its lease. */
  leaseLost(key: string): void {
    this.listeners.emit('leaseLost', { key });
  }

  /** An item cannot be decoded, and its caller sees a miss. */
  undecodable(key: string, flags: number, cause: unknown): void {
    this.listeners.emit('undecodable', { key, flags, cause });
  }
}
