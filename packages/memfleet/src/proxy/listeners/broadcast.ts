import type { Handler } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import { Reply, copyReply } from '../../core/reply.ts';

/** Merges the replies of all nodes to one command: success of all, or the first refusal. */
export class Broadcast implements Handler {
  readonly #handler: Handler;
  #refusal: Reply | undefined;

  constructor(handler: Handler) {
    this.#handler = handler;
  }

  onReply(reply: Reply): void {
    if (reply.status === 'error') this.#refusal ??= copyReply(reply);
    if (reply.part === 'item') return;
    const combined = this.#refusal ?? new Reply().reset('ok');
    combined.part = 'whole';
    this.#handler.onReply(combined);
  }

  onError(error: MemcacheError): void {
    this.#handler.onError(error);
  }
}
