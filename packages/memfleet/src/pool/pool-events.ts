import type { MemcacheError } from '../core/errors.ts';

/** The events of a pool about the health of its node, for the cluster. */
export interface PoolEvents {
  /** A connection is ready: the node responds. */
  onConnect(): void;
  /** A connection ended. `error` is undefined when the pool closed it. */
  onDisconnect(error: MemcacheError | undefined): void;
  /**
   * A sign that the node is unhealthy: a failed dial, a reset, timeouts. `replies` is the number of replies on all
   * connections since the last such report.
   */
  onFailure(error: MemcacheError, replies: number): void;
}
