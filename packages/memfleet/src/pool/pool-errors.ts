/** The errors that callers of a pool receive from it. */
import { withoutAddress } from '../connection/connection-errors.ts';
import { type Command, describeCommand } from '../core/command.ts';
import {
  AuthenticationError,
  ClosedError,
  ConnectError,
  type MemcacheError,
  QueueFullError,
  TimeoutError,
} from '../core/errors.ts';
import type { Dialer } from './dialer.ts';

/** The outcomes of a pool's dials so far. */
export type DialHistory = Pick<Dialer, 'counts' | 'lastError'>;

/** A caller waited until its deadline: for room, or for a node that never replied. */
export function noRoomError(command: Command, node: string, dials: DialHistory): MemcacheError {
  const { lastError: cause } = dials;
  const isSilent = dials.counts.connects === 0;
  const before = cause === undefined ? '' : ` (${withoutAddress(cause.message, node)})`;
  const why = isSilent ? `the node has never replied${before}` : 'no connection had room before the deadline';
  const message = `${describeCommand(command)} → ${node}: ${why}`;
  if (isSilent && cause instanceof AuthenticationError) return new AuthenticationError(message, { node, cause });
  return new TimeoutError(message, 'acquire', { node, cause: isSilent ? cause : undefined });
}

/** There is no connection, and no dial before the back-off is over. */
export function notConnectedError(command: Command, node: string, cause: MemcacheError | undefined): MemcacheError {
  const message = `${describeCommand(command)} → ${node}: not connected (${withoutAddress(cause?.message ?? 'no connection', node)})`;
  // A refused login keeps its code in the back-off: callers that retry a ConnectError would retry it for ever.
  return cause instanceof AuthenticationError
    ? new AuthenticationError(message, { node, cause })
    : new ConnectError(message, { node, cause });
}

/** Too many callers wait, or the first of them has waited too long: `waited` ms. */
export function refusedError(command: Command, node: string, waiting: number, waited: number): QueueFullError {
  const why =
    waiting === 0
      ? 'no connection has room, and no caller may wait'
      : `${waiting} callers are waiting already, the first of them for ${Math.round(waited)} ms`;
  return new QueueFullError(`${describeCommand(command)} → ${node}: ${why}`, { node });
}

/** The pool takes no commands any more. */
export function poolClosedError(node: string): ClosedError {
  return new ClosedError('the client is closed', { node });
}
