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
    const answer = this.#refusal ?? new Reply().reset('ok');
    answer.part = 'whole';
    this.#handler.onReply(answer);
  }

  onError(error: MemcacheError): void {
    this.#handler.onError(error);
  }
}
