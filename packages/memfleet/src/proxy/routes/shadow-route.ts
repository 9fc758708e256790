/**
 * All commands go to the route; commands for a share of the keys go to a second route as well, whose replies and
 * failures are ignored. For testing a new cluster with real traffic.
 *
 *   everything with a key    the route; if the key is one of the share, a copy goes to the shadow. Always the same
 *                            keys, so the shadow finds what it stored
 *   flush_all                both
 */
import { copyCommand, type Command } from '../../core/command.ts';
import { type Handler, swallow } from '../../core/dispatcher.ts';
import { number } from '../../core/option-kinds.ts';
import { oneAtATime } from '../../hash/one-at-a-time.ts';
import { dispatchToAll } from './all-routes.ts';
import { route, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Copies the commands of a share of the keys to a second route and discards its replies. */
export interface ShadowRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'shadow';
  /** The route whose replies the client receives. */
  readonly route: Inner;
  /** The route that receives copies of the commands; its replies are discarded. */
  readonly shadow: Inner;
  /** The share of the keys whose commands are copied, from 0 to 1. */
  readonly fraction: number;
}

const hashes = 0x1_0000_0000;

/** A route that copies a share of the commands to a second route. */
export class ShadowRoute implements Route {
  readonly #route: Route;
  readonly #shadow: Route;
  /** Keys whose hash is below this value go to the shadow. */
  readonly #below: number;

  /** `fraction` of the keys, 0 … 1. */
  constructor(route: Route, shadow: Route, fraction: number) {
    this.#route = route;
    this.#shadow = shadow;
    this.#below = fraction * hashes;
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.verb === 'flush') {
      dispatchToAll([this.#route, this.#shadow], command, handler);
      return;
    }
    if (this.#below > 0 && oneAtATime(command.key) < this.#below) {
      this.#shadow.dispatch(copyCommand(command), swallow);
    }
    this.#route.dispatch(command, handler);
  }
}

/** Describes `shadow`. */
export const shadowRoute: RouteType<ShadowRouteSpec> = {
  type: 'shadow',
  about: 'the commands of a share of the keys are copied to a second route, whose replies are discarded',
  options: {
    route: { kind: route, isRequired: true, about: 'the route whose replies the client receives' },
    shadow: { kind: route, isRequired: true, about: 'the route that receives copies' },
    fraction: { kind: number(0, 1), isRequired: true, about: 'the share of the keys, 0 to 1' },
  },
  build: (spec, { build }) => new ShadowRoute(build(spec.route), build(spec.shadow), spec.fraction),
};
