/**
 * The route answers; commands for a share of the keys go to a second route as well, whose answers nobody hears and whose failures nobody sees: to try out a new
 * cluster with real traffic.
 *
 *   everything with a key    the route; if the key is one of the share, a copy goes to the shadow. Always the same keys, so the shadow finds what it stored
 *   flush_all                both
 */
import type { Command } from '../../core/command.ts';
import { type Handler, swallow } from '../../core/dispatcher.ts';
import { oneAtATime } from '../../hash/one-at-a-time.ts';
import { copyCommand } from '../copy-command.ts';
import { dispatchToAll } from './all-routes.ts';
import type { Route } from './route.ts';

const hashes = 0x1_0000_0000;

/** A route that copies a share of the commands to a second route. */
export class ShadowRoute implements Route {
  readonly #route: Route;
  readonly #shadow: Route;
  /** Keys whose hash is below go to the shadow. */
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
