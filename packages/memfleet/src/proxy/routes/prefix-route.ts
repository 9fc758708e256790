/**
 * The longest prefix with which the key begins selects the route; keys without a prefix go to `otherwise`.
 *
 *   everything with a key    one route. With `strip` the prefix is removed before;
 *                            the reply has the key of the request (except for `me`)
 *   flush_all                all routes
 */
import { toByteString } from '../../base/bytes.ts';
import { copyCommand, type Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { flag } from '../../core/option-kinds.ts';
import { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { dispatchToAll } from './all-routes.ts';
import { route, routesByPrefix, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Chooses a route by the longest prefix that the key begins with. */
export interface PrefixRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'prefix';
  /** The route for each prefix. */
  readonly routes: Readonly<Record<string, Inner>>;
  /** The route for all other keys. */
  readonly otherwise: Inner;
  /** Remove the prefix from the key before the command is forwarded. @default false */
  readonly strip?: boolean | undefined;
}

interface Branch {
  readonly prefix: string;
  readonly route: Route;
}

/** A route that chooses another by the prefix of the key. */
export class PrefixRoute implements Route {
  /** By the first character, the longest prefix first. */
  readonly #branches: readonly (readonly Branch[] | undefined)[];
  readonly #otherwise: Route;
  readonly #all: readonly Route[];
  readonly #strip: boolean;

  /** Prefixes are byte strings, not empty. */
  constructor(routes: ReadonlyMap<string, Route>, otherwise: Route, strip: boolean) {
    const branches: Branch[][] = [];
    for (const [prefix, route] of routes) (branches[prefix.charCodeAt(0)] ??= []).push({ prefix, route });
    for (const list of branches) list?.sort((a, b) => b.prefix.length - a.prefix.length);
    this.#branches = branches;
    this.#otherwise = otherwise;
    this.#all = [...new Set([...routes.values(), otherwise])];
    this.#strip = strip;
  }

  dispatch(command: Command, handler: Handler): void {
    const { key } = command;
    if (command.verb === 'flush') {
      dispatchToAll(this.#all, command, handler);
      return;
    }
    const branch = this.#branches[key.charCodeAt(0)]?.find(({ prefix }) => key.startsWith(prefix));
    if (branch === undefined) this.#otherwise.dispatch(command, handler);
    else if (!this.#strip) branch.route.dispatch(command, handler);
    else if (branch.prefix.length === key.length)
      handler.onReply(new Reply().setError('client', 'the key is nothing but its prefix', status.invalidArguments));
    else branch.route.dispatch(copyCommand(command, key.slice(branch.prefix.length)), handler);
  }
}

/** Describes `prefix`. */
export const prefixRoute: RouteType<PrefixRouteSpec> = {
  type: 'prefix',
  about: 'the longest prefix of the key chooses the route',
  options: {
    routes: { kind: routesByPrefix, isRequired: true, about: 'the route for each prefix' },
    otherwise: { kind: route, isRequired: true, about: 'the route for all other keys' },
    strip: { kind: flag, default: false, about: 'removes the prefix from the key' },
  },
  build: ({ routes, otherwise, strip = false }, { build }) => {
    const branches = Object.entries(routes).map(([prefix, spec]) => [toByteString(prefix), build(spec)] as const);
    return new PrefixRoute(new Map(branches), build(otherwise), strip);
  },
};
