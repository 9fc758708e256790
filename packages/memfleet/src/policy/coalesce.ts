/**
 * Equal gets that run at the same time are sent once; every caller gets the answer.
 *
 *   get a (1st) ─▶ node          get a (2nd), get a (3rd): wait for the 1st
 *
 * A get that asks for the cas, touches, or was made after a write of the same key by this client began is not joined: a caller that wrote must see what it
 * wrote. Nor is one whose deadline is before the running one's.
 */
import { Command } from '../command.ts';
import type { Dispatcher, Handler } from '../dispatcher.ts';
import type { MemcacheError } from '../errors.ts';
import type { Reply } from '../reply.ts';

class SharedGet implements Handler {
  readonly #onDone: (shared: SharedGet) => void;
  readonly #handlers: Handler[];
  /** A command of its own: a caller that aborts takes only itself away. */
  readonly command: Command;

  constructor(first: Command, handler: Handler, onDone: (shared: SharedGet) => void) {
    this.command = new Command('get', first.key);
    this.command.isPlainKey = first.isPlainKey;
    this.command.routingKey = first.routingKey;
    this.command.deadline = first.deadline;
    this.#handlers = [handler];
    this.#onDone = onDone;
  }

  join(handler: Handler): void {
    this.#handlers.push(handler);
  }

  onReply(reply: Reply): void {
    this.#onDone(this);
    for (const handler of this.#handlers) handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    this.#onDone(this);
    for (const handler of this.#handlers) handler.onError(error);
  }
}

/** See the head of this file. */
export class CoalescePolicy implements Dispatcher {
  readonly #next: Dispatcher;
  readonly #running = new Map<string, SharedGet>();
  readonly #onDone = (shared: SharedGet): void => {
    if (this.#running.get(shared.command.key) === shared) this.#running.delete(shared.command.key);
  };

  constructor(next: Dispatcher) {
    this.#next = next;
  }

  dispatch(command: Command, handler: Handler): void {
    if (
      command.verb !== 'get' ||
      command.keys !== undefined ||
      command.touch ||
      command.wantCas ||
      command.meta !== undefined
    ) {
      // Later gets of a key that is being written must not join an earlier one.
      if (command.verb === 'flush') this.#running.clear();
      else this.#running.delete(command.key);
      this.#next.dispatch(command, handler);
      return;
    }
    const running = this.#running.get(command.key);
    if (running !== undefined && running.command.deadline <= command.deadline) {
      running.join(handler);
      return;
    }
    const shared = new SharedGet(command, handler, this.#onDone);
    this.#running.set(command.key, shared);
    this.#next.dispatch(shared.command, shared);
  }

  close(): Promise<void> {
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#next.destroy(error);
  }
}
