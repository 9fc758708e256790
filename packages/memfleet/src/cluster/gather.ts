/**
 * Scatter and gather: one command for many nodes, and one stream of replies from them.
 *
 *   get a b c d ─▶ node 1: get a c ─▶ item a, end ─┐
 *              └─▶ node 2: get b d ─▶ error ───────┴─▶ item a, part failed (b d), end
 *
 * A failed part is distinguished from misses: by `onPartFailed`, or, for handlers without it, by failing the whole
 * command when all parts have ended.
 */
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import { Reply, replyError } from '../core/reply.ts';

/** Called when a part has ended. */
export type PartEnd = (hasFailed: boolean) => void;

/** Collects the replies to the parts of one command for one handler. */
export class Gather {
  readonly #handler: Handler;
  #left: number;
  #error: MemcacheError | undefined;

  /** `parts`: the number of `part()` handlers that will be requested. */
  constructor(handler: Handler, parts: number) {
    this.#handler = handler;
    this.#left = parts;
  }

  /** The handler for the part with these keys (none for commands without keys). `onEnd` is called when it has ended. */
  part(keys: readonly string[], onEnd?: PartEnd): Handler {
    return {
      onReply: (reply) => this.#onReply(reply, keys, onEnd),
      onError: (error) => this.#fail(error, keys, onEnd),
    };
  }

  /** Completes a part that was never dispatched: all its keys are misses. */
  skip(): void {
    this.#finishPart(undefined, false);
  }

  #onReply(reply: Reply, keys: readonly string[], onEnd: PartEnd | undefined): void {
    if (reply.part === 'item') {
      this.#handler.onReply(reply);
      return;
    }
    if (reply.part === 'whole') {
      // Handles the reply of one node to a command without keys, or an error reply to a part.
      if (reply.status === 'error' && keys.length > 0) {
        this.#fail(replyError(reply), keys, onEnd);
        return;
      }
      reply.part = 'item';
      this.#handler.onReply(reply);
    }
    this.#finishPart(onEnd, false);
  }

  #fail(error: MemcacheError, keys: readonly string[], onEnd: PartEnd | undefined): void {
    if (this.#handler.onPartFailed === undefined) this.#error ??= error;
    else this.#handler.onPartFailed(error, keys);
    this.#finishPart(onEnd, true);
  }

  #finishPart(onEnd: PartEnd | undefined, hasFailed: boolean): void {
    onEnd?.(hasFailed);
    if (--this.#left > 0) return;
    if (this.#error === undefined) this.#handler.onReply(new Reply().reset('ok', 'end'));
    else this.#handler.onError(this.#error);
  }
}
