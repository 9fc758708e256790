/** The errors that callers of a pool receive from it. */
import { type Command, describeCommand } from '../core/command.ts';
import { ClosedError, ConnectError, type MemcacheError, QueueFullError, TimeoutError } from '../core/errors.ts';

/** A caller waited until its deadline. */
export function noRoomError(command: Command, node: string): TimeoutError {
  const message = `${describeCommand(command)} → ${node}: no connection had room before the deadline`;
  return new TimeoutError(message, 'acquire', { node });
}

/** There is no connection, and no dial before the back-off is over. */
export function notConnectedError(command: Command, node: string, cause: MemcacheError | undefined): ConnectError {
  const message = `${describeCommand(command)} → ${node}: not connected (${cause?.message ?? 'no connection'})`;
  return new ConnectError(message, { node, cause });
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
  return new ClosedError(`the pool of ${node} is closed`, { node });
}
