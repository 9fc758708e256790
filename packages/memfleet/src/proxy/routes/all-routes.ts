/**
 * One command for several routes, each with its own copy, and one reply.
 *
 *   command ─┬▶ route 1 ─ answer ──┐
 *            ├▶ route 2 ─ answer ──┼─▶ when all are in: the first error, else the answer of route 1 (or of one that
 *            └▶ route 3 ─ answer ──┘   says ok, where that is wanted)
 *                                      a read that writes (gat): the reply of the first that has one
 */
import { copyForAll, type Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import { Reply, copyReply } from '../../core/reply.ts';
import { withoutCondition } from './condition.ts';
import type { Route } from './route.ts';

/**
 * `first`: the reply is an error of any route, else the reply of the first route. `any-ok`: the same, except that a
 * reply `ok` is preferred. `answered`: the reply of the first route that did not fail, for reads; an error only when
 * all failed.
 */
export type CombineRule = 'first' | 'any-ok' | 'answered';

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
  const all = new AllAnswers(handler, routes.length, judge);
  for (const [index, route] of routes.entries()) {
    route.dispatch(index === 0 ? copyForAll(command) : withoutCondition(command).detach(), all.part(index));
  }
}

class AllAnswers {
  readonly #handler: Handler;
  readonly #judge: CombineRule;
  #left: number;
  #answer: Reply | undefined;
  #answeredBy = Infinity;
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
    if (this.#judge === 'answered') {
      if (reply.status !== 'error' && index < this.#answeredBy) {
        this.#answeredBy = index;
        this.#answer = copyReply(reply);
      }
    } else if (index === 0 || (this.#judge === 'any-ok' && reply.status === 'ok')) this.#answer = copyReply(reply);
    this.#finish();
  }

  #finish(): void {
    if (--this.#left > 0) return;
    if (this.#judge === 'answered' && this.#answer !== undefined) this.#handler.onReply(this.#answer);
    else if (this.#error !== undefined) this.#handler.onError(this.#error);
    else this.#handler.onReply(this.#refusal ?? this.#answer ?? new Reply());
  }
}
