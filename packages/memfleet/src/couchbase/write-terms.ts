/**
 * Durable writes of a bucket, and writes that keep the expiry of an item:
 *
 *   set k, terms ─▶ framing extras ─▶ node ─ success ─────────────────────────────▶ most of the copies have it
 *                                       ├─ impossible ─▶ DurabilityImpossibleError
 *                                       ├─ another durable write is in progress ─▶ resend.ts waits
 *                                       └─ ambiguous, lost, no reply in time ────▶ AmbiguousWriteError, never resent
 *
 * The node waits for its copies for 90 % of the time that is left, and a durable write has at least 1500 ms, whatever
 * the timeout of the call, as in the official SDK: a shorter time would make most delays ambiguous.
 */
import { type Clock, deadlineIn } from '../base/clock.ts';
import { type Command, describeCommand, type PacketFields } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../core/dispatcher.ts';
import { AmbiguousWriteError, DurabilityImpossibleError, type MemcacheError, ServerError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { status } from '../core/status.ts';
import type { Durability, WriteTerms } from '../core/write-terms.ts';
import { opcodeOf } from '../protocol/binary/command-opcode.ts';
import { featuresFor, isDurable, writeFrames } from '../protocol/binary/write-frames.ts';

/** The least time of a durable write, in ms. */
const leastTime = 1500;
/** The share of the time that is the node's. */
const nodeShare = 0.9;

/** Gives writes their framing extras. `durability`: that of writes that name none. */
export function writeTermsPolicy(next: Dispatcher, durability: Durability, clock: Clock): Dispatcher {
  const defaults: WriteTerms | undefined = durability === 'none' ? undefined : { durability, preserveExpiry: false };
  return wrap(next, (command, handler) => {
    const given = command.packet?.terms ?? (defaults !== undefined && isWrite(command) ? defaults : undefined);
    if (given === undefined) {
      next.dispatch(command, handler);
      return;
    }
    const terms = { ...given, durability: given.durability ?? durability };
    const isSlow = isDurable(terms);
    if (isSlow && command.deadline !== 0) command.deadline = Math.max(command.deadline, deadlineIn(clock, leastTime));
    const left = command.deadline === 0 ? Infinity : command.deadline - clock.now();
    command.packet = {
      ...(command.packet ?? { opcode: opcodeOf(command), opaque: 0 }),
      framing: writeFrames(terms, left * nodeShare),
      needs: featuresFor(terms),
    } satisfies PacketFields;
    next.dispatch(command, isSlow ? new DurableWrite(command, handler) : handler);
  });
}

/** Whether it changes an item, and may be durable. */
function isWrite({ verb, packet }: Command): boolean {
  return verb === 'store' || verb === 'delete' || verb === 'arith' || packet?.mayBeDurable === true;
}

/** The handler of a durable write. */
class DurableWrite implements Handler {
  readonly #command: Command;
  readonly #handler: Handler;

  constructor(command: Command, handler: Handler) {
    this.#command = command;
    this.#handler = handler;
  }

  onReply(reply: Reply): void {
    const { code } = reply;
    if (code !== status.syncWriteAmbiguous && code !== status.durabilityImpossible) {
      this.#handler.onReply(reply);
      return;
    }
    const error = replyError(reply, describeCommand(this.#command));
    const { node } = error;
    if (code === status.syncWriteAmbiguous) this.#handler.onError(this.#ambiguous(error));
    else
      this.#handler.onError(
        new DurabilityImpossibleError(`${error.message} (too few copies of the item's vBucket)`, { node, sent: true }),
      );
  }

  onError(error: MemcacheError): void {
    this.#handler.onError(error.sent && !(error instanceof ServerError) ? this.#ambiguous(error) : error);
  }

  #ambiguous(cause: MemcacheError): AmbiguousWriteError {
    const message = `${cause.message}; whether the durable write is in effect is not known`;
    return new AmbiguousWriteError(message, { node: cause.node, cause, sent: true });
  }
}
