/**
 * Counters with an initial value on nodes whose protocol has none (classic text): count; on a miss create it with
 * `add`; if another client was faster, count again.
 *
 *   arith+initial ─▶ next ─ unsupported ─▶ arith ─ miss ─▶ add initial ─ not stored ─▶ arith
 */
import { type Command, commandFor } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../core/dispatcher.ts';
import { UnsupportedError } from '../core/errors.ts';
import { Reply } from '../core/reply.ts';

/** Creates counters with an initial value where the protocol cannot. */
export function initialValuePolicy(next: Dispatcher): Dispatcher {
  return wrap(next, (command, handler) => {
    if (command.verb !== 'arith' || command.initial === undefined) {
      next.dispatch(command, handler);
      return;
    }
    next.dispatch(command, {
      onReply: (reply) => handler.onReply(reply),
      onError: (error) => {
        if (error instanceof UnsupportedError && isPlain(command)) count(next, command, handler, true);
        else handler.onError(error);
      },
    });
  });
}

function count(next: Dispatcher, command: Command, handler: Handler, mayCreate: boolean): void {
  const { deadline, decrement, delta } = command;
  next.dispatch(commandFor(command, 'arith', { deadline, decrement, delta }), {
    onReply: (reply) => {
      if (reply.status === 'miss' && mayCreate) create(next, command, handler);
      else handler.onReply(reply);
    },
    onError: (error) => handler.onError(error),
  });
}

function create(next: Dispatcher, command: Command, handler: Handler): void {
  const { deadline, exptime } = command;
  const add = commandFor(command, 'store', { deadline, exptime, mode: 'add', value: String(command.initial) });
  next.dispatch(add, {
    onReply: (reply) => {
      if (reply.status === 'ok') handler.onReply(created(command, reply));
      else if (reply.status === 'notStored') count(next, command, handler, false);
      else handler.onReply(reply);
    },
    onError: (error) => handler.onError(error),
  });
}

/**
 * Whether the request can be expressed as three commands in a row: it has no compare, and no exptime for an existing
 * counter.
 */
function isPlain(command: Command): boolean {
  return command.cas === 0n && !command.touch && command.meta?.newCas === undefined;
}

function created(command: Command, stored: Reply): Reply {
  const reply = new Reply();
  reply.node = stored.node;
  reply.setText(String(command.initial));
  return reply;
}
