/**
 * A reply of any length, made as its client reads it:
 *
 *   lines ─▶ a bounded number per turn of the event loop ─▶ handler
 *
 *   its client reads slowly: checked again a little later, and nothing is made until then
 *   its client is gone:      the rest is not made at all
 */
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';

/** The number of lines of one turn: about half a millisecond of work. */
const linesATurn = 250;
/** The milliseconds after which a slow reader is checked again. */
const pause = 20;

/**
 * Replies with any number of lines, as fast as the client reads them. The reply has begun when this returns, and has
 * often ended.
 */
export function replyInSteps(
  clock: Clock,
  reply: Reply,
  lines: Iterator<string>,
  command: Command,
  handler: Handler,
): void {
  const step = (): void => {
    if (command.cancelled) return;
    if (handler.isFull !== true) {
      for (let count = 0; count < linesATurn; count++) {
        const next = lines.next();
        if (next.done === true) {
          handler.onReply(reply.reset('ok', 'end'));
          return;
        }
        reply.reset('ok', 'item').setText(next.value);
        handler.onReply(reply);
      }
    }
    if (handler.isFull === true) clock.setTimer(pause, step, false);
    else clock.afterTurn(step);
  };
  step();
}
