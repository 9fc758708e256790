/** The queue of callers that wait for room on a connection to a node; `memfleet:pool-wait` reports each wait. */
import type { Clock } from '../base/clock.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { channels } from '../observe/channels.ts';
import { type DialHistory, noRoomError } from './pool-errors.ts';

/** The queue of a pool. */
export function waitingFor(node: string, clock: Clock, dials: DialHistory): WaitQueue {
  const queue: WaitQueue = new WaitQueue(
    clock,
    (command) => noRoomError(command, node, dials),
    ({ since }, error) => {
      if (!channels.wait.hasSubscribers) return;
      channels.wait.publish({ node, waiting: queue.length, duration: clock.now() - since, error });
    },
  );
  return queue;
}
