/**
 * A get of many keys as one get per key: each has its own vBucket, is refused and resent alone, and fails separately.
 *
 *   get a b c ─▶ get a ─ hit ──▶ item a ─┐
 *            ├─▶ get b ─ miss ──────────┼─▶ end
 *            └─▶ get c ─ error ▶ failed c┘
 *
 * They are still sent in one write per connection.
 */
import { type Command, derive } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import { Reply, replyError } from '../core/reply.ts';

/** Splits a get of many keys into one get per key. */
export function splitKeysPolicy(next: Dispatcher): Dispatcher {
  return wrap(next, (command, handler) => {
    const { keys } = command;
    if (keys === undefined) {
      next.dispatch(command, handler);
      return;
    }
    const parts = new Parts(handler, keys.length);
    if (keys.length === 0) parts.end();
    for (const key of keys) next.dispatch(partOf(command, key), parts.part(key));
  });
}

/** Collects the replies of the parts for one handler. */
class Parts {
  readonly #handler: Handler;
  #left: number;
  #error: MemcacheError | undefined;

  constructor(handler: Handler, count: number) {
    this.#handler = handler;
    this.#left = count;
  }

  part(key: string): Handler {
    return {
      onReply: (reply) => {
        if (reply.status === 'error') this.#failed(replyError(reply), key);
        else if (reply.status === 'ok') {
          reply.part = 'item';
          reply.key = key;
          this.#handler.onReply(reply);
        }
        this.#finished();
      },
      onError: (error) => {
        this.#failed(error, key);
        this.#finished();
      },
    };
  }

  end(): void {
    if (this.#error === undefined) this.#handler.onReply(new Reply().reset('ok', 'end'));
    else this.#handler.onError(this.#error);
  }

  #failed(error: MemcacheError, key: string): void {
    if (this.#handler.onPartFailed === undefined) this.#error ??= error;
    else this.#handler.onPartFailed(error, [key]);
  }

  #finished(): void {
    if (--this.#left === 0) this.end();
  }
}

function partOf(command: Command, key: string): Command {
  const part = derive(command);
  part.key = key;
  part.keys = undefined;
  return part;
}
