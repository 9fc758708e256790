/**
 * Commands that change items are refused with `SERVER_ERROR read-only`.
 *
 *   get, gets, mg, me                                       pass
 *   mg with T, N or R; gat, touch; every store, delete,
 *   counter; flush_all                                      refused
 */
import { type Command, isRead } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { route, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Refuses commands that change items. */
export interface ReadOnlyRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'read-only';
  /** The route for reads. */
  readonly route: Inner;
}

const reply = new Reply();

/** A route that refuses commands that change items. */
export class ReadOnlyRoute implements Route {
  readonly #route: Route;

  constructor(route: Route) {
    this.#route = route;
  }

  dispatch(command: Command, handler: Handler): void {
    if (!isRead(command)) handler.onReply(reply.setError('server', 'read-only', status.notSupported));
    else this.#route.dispatch(command, handler);
  }
}

/** Describes `read-only`. */
export const readOnlyRoute: RouteType<ReadOnlyRouteSpec> = {
  type: 'read-only',
  about: 'refuses commands that change items',
  options: { route: { kind: route, isRequired: true, about: 'the route for reads' } },
  build: (spec, { build }) => new ReadOnlyRoute(build(spec.route)),
};
