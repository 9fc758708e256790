import type { MemcacheError } from '../core/errors.ts';

/** What a pool tells the cluster of its node's well-being. */
export interface PoolEvents {
  /** A connection is ready: the node answers. */
  onConnect(): void;
  /** A connection ended. `error` is undefined when we closed it. */
  onDisconnect(error: MemcacheError | undefined): void;
  /**
   * Something that speaks against the node: a failed dial, a reset, timeouts. `replies` came, on all connections, since
   * the last such report.
   */
  onFailure(error: MemcacheError, replies: number): void;
}
