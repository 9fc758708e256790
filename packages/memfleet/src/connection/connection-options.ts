/** The options of a connection. */
import type { Clock } from '../base/clock.ts';
import type { Reply } from '../core/reply.ts';
import type { ClientCodec, Limits } from '../protocol/codec.ts';
import type { FlushGroup } from './flush-schedule.ts';
import type { IdleHold } from './idle-hold.ts';

/** The options of a connection. */
export interface ConnectionOptions {
  readonly codec: ClientCodec;
  readonly clock: Clock;
  /** The node's address, for messages and `Reply.node`. */
  readonly node: string;
  readonly limits?: Partial<Limits> | undefined;
  /** The maximum number of commands in flight; at the bound the connection `isBusy`. */
  readonly maxInFlight: number;
  /**
   * `microtask`: a lone command leaves at once; see flush-schedule.ts. `afterTurn`: all commands of one turn of the
   * event loop share one write (for proxies: docs/performance.md, "write after the turn").
   */
  readonly flush: 'microtask' | 'afterTurn';
  /** The connections of the same fleet. @default it has no other */
  readonly group?: FlushGroup | undefined;
  /** Whether the connection keeps the process running while it is idle. @default it does */
  readonly hold?: IdleHold | undefined;
  /** Gets of one flush are written as multi-key gets. Always true where the node supports only classic text. */
  readonly mergeGets: boolean;
  /** A Couchbase node sent a notification: its map changed. `reply` is valid only during the call. */
  readonly onPush?: ((reply: Reply) => void) | undefined;
}
