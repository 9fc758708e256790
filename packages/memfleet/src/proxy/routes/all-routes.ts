/**
 * One command for several routes, each with its own copy, and one reply.
 *
 *   command ─┬▶ route 1 ─ reply ───┐
 *            ├▶ route 2 ─ reply ───┼─▶ when all are in: the first error, else the reply of route 1 (or of one that
 *            └▶ route 3 ─ reply ───┘   says ok, where that is wanted)
 *                                      a read that writes (gat): the reply of the first that has one
 */
import { copyForAll, type Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import { Reply, copyReply } from '../../core/reply.ts';
import { forNextRoute } from './condition.ts';
import type { Route } from './route.ts';

/**
 * `first`: the reply is an error of any route, else the reply of the first route. `any-ok`: the same, except that a
 * reply `ok` is preferred. `replied`: the reply of the first route that did not fail, for reads; an error only when
 * all failed.
 */
export type CombineRule = 'first' | 'any-ok' | 'replied';

/**
 * Sends a write to all routes, and replies when all have replied. The routes execute it even if the client leaves
 * meanwhile.
 */
export function dispatchToAll(
  routes: readonly Route[],
  command: Command,
  handler: Handler,
  judge: CombineRule = 'first',
): void {
  const all = new CombinedReply(handler, routes.length, judge);
  for (const [index, route] of routes.entries()) {
    route.dispatch(index === 0 ? copyForAll(command) : forNextRoute(command).detach(), all.part(index));
  }
}

class CombinedReply {
  readonly #handler: Handler;
  readonly #judge: CombineRule;
  #left: number;
  #reply: Reply | undefined;
  #repliedBy = Infinity;
  #refusal: Reply | undefined;
  #error: MemcacheError | undefined;

  constructor(handler: Handler, count: number, judge: CombineRule) {
    this.#handler = handler;
    this.#left = count;
    this.#judge = judge;
  }

  part(index: number): Handler {
    return {
      onReply: (reply) => this.#onReply(reply, index),
      onError: (error) => {
        this.#error ??= error;
        this.#finish();
      },
    };
  }

  #onReply(reply: Reply, index: number): void {
    if (reply.status === 'error') this.#refusal ??= copyReply(reply);
    // The parts of a broadcast carry no data, only success.
    if (reply.part === 'item') return;
    if (this.#judge === 'replied') {
      if (reply.status !== 'error' && index < this.#repliedBy) {
        this.#repliedBy = index;
        this.#reply = copyReply(reply);
      }
    } else if (this.#prefers(reply, index)) this.#reply = copyReply(reply);
    this.#finish();
  }

  /** Whether it is the reply rather than the one that came before. */
  #prefers({ status }: Reply, index: number): boolean {
    if (this.#judge !== 'any-ok') return index === 0;
    return status === 'ok' || (index === 0 && this.#reply === undefined);
  }

  #finish(): void {
    if (--this.#left > 0) return;
    if (this.#judge === 'replied' && this.#reply !== undefined) this.#handler.onReply(this.#reply);
    else if (this.#error !== undefined) this.#handler.onError(this.#error);
    else this.#handler.onReply(this.#refusal ?? this.#reply ?? new Reply());
  }
}
