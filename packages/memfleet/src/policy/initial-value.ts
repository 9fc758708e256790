/**
 * Counters with an initial value on nodes whose protocol has none (classic text): count, else make it with `add`, else somebody was faster: count.
 *
 *   arith+initial ─▶ next ─ unsupported ─▶ arith ─ miss ─▶ add initial ─ not stored ─▶ arith
 */
import { type Command, commandFor } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { type MemcacheError, UnsupportedError } from '../core/errors.ts';
import { Reply } from '../core/reply.ts';

/** Creates counters with an initial value where the protocol cannot. */
export class InitialValuePolicy implements Dispatcher {
  readonly #next: Dispatcher;

  constructor(next: Dispatcher) {
    this.#next = next;
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.verb !== 'arith' || command.initial === undefined) {
      this.#next.dispatch(command, handler);
      return;
    }
    this.#next.dispatch(command, {
      onReply: (reply) => handler.onReply(reply),
      onError: (error) => {
        if (error instanceof UnsupportedError && isPlain(command)) this.#count(command, handler, true);
        else handler.onError(error);
      },
    });
  }

  close(): Promise<void> {
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#next.destroy(error);
  }

  #count(command: Command, handler: Handler, mayCreate: boolean): void {
    const { deadline, decrement, delta } = command;
    const count = commandFor(command, 'arith', { deadline, decrement, delta });
    this.#next.dispatch(count, {
      onReply: (reply) => {
        if (reply.status === 'miss' && mayCreate) this.#create(command, handler);
        else handler.onReply(reply);
      },
      onError: (error) => handler.onError(error),
    });
  }

  #create(command: Command, handler: Handler): void {
    const { deadline, exptime } = command;
    const add = commandFor(command, 'store', { deadline, exptime, mode: 'add', value: String(command.initial) });
    this.#next.dispatch(add, {
      onReply: (reply) => {
        if (reply.status === 'ok') handler.onReply(created(command, reply));
        else if (reply.status === 'notStored') this.#count(command, handler, false);
        else handler.onReply(reply);
      },
      onError: (error) => handler.onError(error),
    });
  }
}

/** Nothing is asked beside counting, which three commands in a row could not say: no compare, no exptime for a counter that is there. */
function isPlain(command: Command): boolean {
  return command.cas === 0n && !command.touch && command.meta?.newCas === undefined;
}

function created(command: Command, stored: Reply): Reply {
  const reply = new Reply();
  reply.node = stored.node;
  reply.setText(String(command.initial));
  return reply;
}
