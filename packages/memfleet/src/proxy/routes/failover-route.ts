/**
 * Uses the first route; when its node fails, the next one, and so on.
 *
 *   get, gets, mg     on a failure; with `error-or-miss` on a miss as well.
 *                     A miss on one route outweighs a failure on another. The cas of `mg C` is compared on the first
 *                     route; the others reply with the value
 *   gat, touch        on a failure
 *   set … cas, ms     on a failure; with `ttl` an item lives at most that long on any route but the first,
 *                     so that it does not stay there forever
 *   delete, md        on a failure
 *   incr, decr, ma    on a failure: the counter is then another one
 *   me                on a failure
 *   flush_all         to all routes
 *
 * A failure means that the proxy gives up on a node: no connection, a timeout, an ejected node. A node's error reply is
 * a reply. Every route has the timeout of its own fleet, so the times add up.
 */
import type { Clock } from '../../base/clock.ts';
import { type Command, isRead } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { isNodeFailure, type MemcacheError, ServerError } from '../../core/errors.ts';
import { oneOf, seconds } from '../../core/option-kinds.ts';
import { Reply } from '../../core/reply.ts';
import { dispatchToAll } from './all-routes.ts';
import { forNextRoute } from './condition.ts';
import { withCappedTtl } from './exptime.ts';
import { routes, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Tries the next route when one fails. */
export interface FailoverRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'failover';
  /** The routes, in the order in which they are tried. */
  readonly routes: readonly Inner[];
  /** When the next route is tried. @default 'error' */
  readonly on?: 'error' | 'error-or-miss' | undefined;
  /**
   * The longest time to live, in seconds, of items stored on any route but the first. @default as the client requests
   */
  readonly ttl?: number | undefined;
}

/** The options of a failover route. */
export interface FailoverOptions {
  readonly routes: readonly Route[];
  readonly onMiss: boolean;
  /** In seconds; undefined = as the client requests. */
  readonly ttl: number | undefined;
  readonly clock: Clock;
}

/** A route that tries the next of several routes when one fails. */
export class FailoverRoute implements Route {
  readonly #options: FailoverOptions;

  constructor(options: FailoverOptions) {
    this.#options = options;
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.verb === 'flush') dispatchToAll(this.#options.routes, command, handler);
    else new Attempt(this.#options, command, handler).begin();
  }
}

/** One command on its way from route to route. */
class Attempt implements Handler {
  readonly #options: FailoverOptions;
  readonly #command: Command;
  readonly #handler: Handler;
  readonly #mayMiss: boolean;
  #at = 0;
  #hasMissed = false;

  constructor(options: FailoverOptions, command: Command, handler: Handler) {
    this.#options = options;
    this.#command = command;
    this.#handler = handler;
    this.#mayMiss = options.onMiss && command.verb === 'get' && isRead(command);
  }

  begin(): void {
    this.#options.routes[0]?.dispatch(this.#command, this);
  }

  onReply(reply: Reply): void {
    const isMiss = this.#mayMiss && reply.status === 'miss';
    if (isMiss) this.#hasMissed = true;
    if (!isMiss || !this.#next()) this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    const isReply = error instanceof ServerError;
    if (!isReply && isNodeFailure(error) && this.#next()) return;
    if (this.#hasMissed) this.#handler.onReply(new Reply().reset('miss'));
    else this.#handler.onError(error);
  }

  /** Sends the command to the next route; false when there is none, or the caller is gone. */
  #next(): boolean {
    const route = this.#options.routes[++this.#at];
    if (route === undefined || this.#command.cancelled) return false;
    const { ttl, clock } = this.#options;
    const copy = forNextRoute(this.#command);
    route.dispatch(ttl === undefined ? copy : withCappedTtl(copy, ttl, clock.unixSeconds()), this);
    return true;
  }
}

/** Describes `failover`. */
export const failoverRoute: RouteType<FailoverRouteSpec> = {
  type: 'failover',
  about: 'the next route when one fails',
  options: {
    routes: { kind: routes, isRequired: true, about: 'the routes, in the order in which they are tried' },
    on: {
      kind: oneOf('error', 'error-or-miss'),
      default: 'error',
      about: 'when the next route is tried',
    },
    ttl: { kind: seconds(1), about: 'the longest time to live of items stored on any route but the first' },
  },
  build: ({ routes, on, ttl }, { build, clock }) =>
    new FailoverRoute({ routes: routes.map(build), onMiss: on === 'error-or-miss', ttl, clock }),
};
