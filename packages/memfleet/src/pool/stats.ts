/** Snapshots of a pool. */
import type { Protocol } from '../protocol/codec.ts';

/** A snapshot of a pool. */
export interface PoolStats {
  /** Connections that are ready. */
  readonly open: number;
  /** Connections with commands in flight. */
  readonly busy: number;
  /** Connections and dials at once, at most: `pool.max`. */
  readonly limit: number;
  /** Dials in progress. */
  readonly connecting: number;
  /** Callers waiting for room. */
  readonly waiting: number;
  /** Commands whose reply is owed. */
  readonly inFlight: number;
  /** Connections and dials at once, the highest so far. */
  readonly peak: number;
  /** Connections that became ready, in all. */
  readonly connects: number;
  /** Dials that failed, in all. */
  readonly connectFailures: number;
  /** Connections that ended, in all. */
  readonly disconnects: number;
  /** Commands that timed out on a connection, in all. */
  readonly timeouts: number;
  /** Callers that had to wait, in all. */
  readonly waits: number;
  /** Callers refused because too many were waiting, in all. */
  readonly refused: number;
  /**
   * A number that changes whenever the last connection to the node is lost, and that no other node has. A cas token
   * that was read in an earlier epoch is worth nothing: the node may have restarted, and its cas numbers begin again.
   */
  readonly epoch: number;
  /** The node's protocol, once known. */
  readonly protocol: Protocol | undefined;
}
