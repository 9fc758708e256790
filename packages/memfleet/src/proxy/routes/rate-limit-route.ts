/**
 * A number of commands per second passes; further ones are refused at once with `SERVER_ERROR rate limit`: a client
 * that had to wait would only send more later.
 *
 *   everything with a key    one token; a multi-key get takes one a key
 *   flush_all                one token
 *
 * A bucket of `burst` tokens that fills with `perSecond`.
 */
import type { Clock } from '../../base/clock.ts';
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { number } from '../../core/option-kinds.ts';
import { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { route, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Refuses commands above a rate. */
export interface RateLimitRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'rate-limit';
  /** The route for commands within the limit. */
  readonly route: Inner;
  /** The number of commands per second. */
  readonly perSecond: number;
  /** The number of commands that may arrive at once after a pause. @default perSecond */
  readonly burst?: number | undefined;
}

/** "Try again later", for binary clients. */
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
    } else handler.onReply(reply.setError('server', 'rate limit', status.temporaryFailure));
  }
}

/** Describes `rate-limit`. */
export const rateLimitRoute: RouteType<RateLimitRouteSpec> = {
  type: 'rate-limit',
  about: 'refuses commands above a rate',
  options: {
    route: { kind: route, isRequired: true, about: 'the route for commands within the limit' },
    perSecond: { kind: number(0.001, Number.MAX_SAFE_INTEGER), isRequired: true, about: 'commands per second' },
    burst: {
      kind: number(1, Number.MAX_SAFE_INTEGER),
      defaultText: '`perSecond`',
      about: 'commands that may arrive at once after a pause',
    },
  },
  build: ({ route, perSecond, burst = Math.max(1, perSecond) }, { build, clock }) =>
    new RateLimitRoute(build(route), perSecond, burst, clock),
};
