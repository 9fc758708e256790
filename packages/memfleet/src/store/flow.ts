/**
 * An answer of any length, made as its client reads it:
 *
 *   lines ─▶ so many a turn of the event loop ─▶ handler
 *
 *   its client reads slowly: looked at again a little later, and nothing is made until then
 *   its client is gone:      the rest is not made at all
 */
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';

/** Lines of one turn: about half a millisecond of work. */
const linesATurn = 250;
/** Milliseconds after which a client that read slowly is looked at again. */
const pause = 20;

/**
 * Answers with lines of any number, as fast as the client reads them. The reply has begun when this returns, and often
 * ended.
 */
export function answerInSteps(
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
