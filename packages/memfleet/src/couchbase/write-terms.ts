/**
 * Durable writes of a bucket, and writes that keep the expiry of an item:
 *
 *   set k, terms ─▶ framing extras ─▶ node ─ success ─────────────────────────────▶ most of the copies have it
 *                                       ├─ impossible ─▶ DurabilityImpossibleError
 *                                       ├─ a bucket of type memcached ─▶ UnsupportedError
 *                                       ├─ another durable write is in progress ─▶ resend.ts waits
 *                                       └─ ambiguous, lost, no reply in time ────▶ AmbiguousWriteError, never resent
 *
 * The node waits for its copies for 90 % of the time that is left, and a durable write has at least 1500 ms, whatever
 * the timeout of the call, as in the official SDK: a shorter time would make most delays ambiguous.
 */
import { type Clock, deadlineIn } from '../base/clock.ts';
import { type Command, derive, describeCommand, type PacketFields } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap, wrapHandler } from '../core/dispatcher.ts';
import {
  AmbiguousWriteError,
  DurabilityImpossibleError,
  type MemcacheError,
  ServerError,
  UnsupportedError,
} from '../core/errors.ts';
import { replyError } from '../core/reply.ts';
import { status } from '../core/status.ts';
import type { Durability, WriteTerms } from '../core/write-terms.ts';
import { opcodeOf } from '../protocol/binary/command-opcode.ts';
import { featuresFor, isDurable, writeFrames } from '../protocol/binary/write-frames.ts';

/** The least time of a durable write, in ms. */
const leastTime = 1500;
/** The share of the time that is the node's. */
const nodeShare = 0.9;

/** Gives a durable write its least time. It stands above the retries: all tries together have that time. */
export function durableTimePolicy(next: Dispatcher, durability: Durability, clock: Clock): Dispatcher {
  return wrap(next, (command, handler) => {
    const terms = termsOf(command, durability);
    if (terms !== undefined && isDurable(terms) && command.deadline !== 0)
      command.deadline = Math.max(command.deadline, deadlineIn(clock, leastTime));
    next.dispatch(command, handler);
  });
}

/** Gives writes their framing extras. `durability`: that of writes that name none. */
export function writeTermsPolicy(next: Dispatcher, durability: Durability, clock: Clock): Dispatcher {
  return wrap(next, (command, handler) => {
    const terms = termsOf(command, durability);
    if (terms === undefined) {
      next.dispatch(command, handler);
      return;
    }
    const left = command.deadline === 0 ? Infinity : command.deadline - clock.now();
    const packet: PacketFields = {
      opaque: 0,
      ...command.packet,
      opcode: opcodeOf(command),
      framing: writeFrames(terms, left * nodeShare),
      needs: featuresFor(terms),
    };
    // The command itself may go to other fleets as well, which do not know the terms.
    const sent = derive(command, { packet });
    next.dispatch(sent, isDurable(terms) ? durable(command, sent, handler) : located(command, sent, handler));
  });
}

/** The terms of a write; undefined = it has none. `durability`: that of writes that name none. */
function termsOf(command: Command, durability: Durability): WriteTerms | undefined {
  const { terms } = command.packet ?? {};
  if (terms !== undefined) return terms.durability === undefined ? { ...terms, durability } : terms;
  return durability !== 'none' && isWrite(command) ? { durability, preserveExpiry: false } : undefined;
}

/** Whether it changes an item, and may be durable. */
function isWrite({ verb, packet }: Command): boolean {
  return verb === 'store' || verb === 'delete' || verb === 'arith' || packet?.mayBeDurable === true;
}

/** The handler of a write whose derived command, `sent`, knows the vBucket, which the token of the mutation names. */
function located(command: Command, sent: Command, handler: Handler): Handler {
  return wrapHandler(handler, {
    onReply: (reply) => {
      command.vbucket = sent.vbucket;
      handler.onReply(reply);
    },
    onError: (error) => handler.onError(error),
  });
}

/** The handler of a durable write. */
function durable(command: Command, sent: Command, handler: Handler): Handler {
  const next = located(command, sent, handler);
  return wrapHandler(handler, {
    onReply: (reply) => {
      const makeError = refusals.get(reply.code);
      if (makeError === undefined) next.onReply(reply);
      else next.onError(makeError(replyError(reply, describeCommand(command))));
    },
    onError: (error) => next.onError(error.sent && !(error instanceof ServerError) ? ambiguous(error) : error),
  });
}

/** The errors of a durable write by the status of the reply. */
const refusals = new Map<number, (error: ServerError) => MemcacheError>([
  [status.syncWriteAmbiguous, ambiguous],
  [
    status.durabilityImpossible,
    ({ message, node }) =>
      new DurabilityImpossibleError(`${message} (too few copies of the item's vBucket)`, { node, sent: true }),
  ],
  [
    status.notSupported,
    ({ message, node }) =>
      new UnsupportedError(`${message} (buckets of type memcached have no durability levels)`, { node, sent: true }),
  ],
]);

function ambiguous(cause: MemcacheError): AmbiguousWriteError {
  const message = `${cause.message}; whether the durable write is in effect is not known`;
  return new AmbiguousWriteError(message, { node: cause.node, cause, sent: true });
}
