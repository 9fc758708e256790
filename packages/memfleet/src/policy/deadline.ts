/**
 * Gives every command that has none a deadline: the total time of a call, which covers waiting, connecting and all
 * tries. The queues below enforce it, so no call has a timer of its own.
 */
import { type Clock, deadlineIn } from '../base/clock.ts';
import { type Dispatcher, wrap } from '../core/dispatcher.ts';

/** `timeout` in ms. */
export function deadlinePolicy(next: Dispatcher, timeout: number, clock: Clock): Dispatcher {
  return wrap(next, (command, handler) => {
    if (command.deadline === 0) command.deadline = deadlineIn(clock, timeout);
    next.dispatch(command, handler);
  });
}
