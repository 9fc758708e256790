/**
 * So many commands a second pass; more are refused with `SERVER_ERROR rate limit`, at once: a client that waits would only come back with more.
 *
 *   everything with a key    one token; a multi-key get takes one a key
 *   flush_all                one token
 *
 * A bucket of `burst` tokens that fills with `perSecond`.
 */
import type { Clock } from '../../base/clock.ts';
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { Reply } from '../../core/reply.ts';
import type { Route } from './route.ts';

/** "Try again later", for binary clients. */
const temporaryFailure = 0x86;
const reply = new Reply();

/** A route that refuses commands above a rate. */
export class RateLimitRoute implements Route {
  readonly #route: Route;
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(route: Route, perSecond: number, burst: number, clock: Clock) {
    this.#route = route;
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#filledAt = clock.now();
  }

  dispatch(command: Command, handler: Handler): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens--;
      this.#route.dispatch(command, handler);
    } else handler.onReply(reply.setError('server', 'rate limit', temporaryFailure));
  }
}
