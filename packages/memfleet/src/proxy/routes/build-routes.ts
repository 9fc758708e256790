/** From checked route specs to routes. */
import { toByteString } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { type FrontCacheRouteSpec, routeDefaults, type RouteSpec } from '../options/options.ts';
import { FailoverRoute } from './failover-route.ts';
import { FrontCacheRoute } from './front-cache-route.ts';
import { PrefixRoute } from './prefix-route.ts';
import { RateLimitRoute } from './rate-limit-route.ts';
import { ReadOnlyRoute } from './read-only-route.ts';
import { ReplicateRoute } from './replicate-route.ts';
import type { Route } from './route.ts';
import { ShadowRoute } from './shadow-route.ts';
import { WarmUpRoute } from './warm-up-route.ts';

/** The routes of one configuration. A named route is one, however many lead to it. */
export class Routes {
  /** By the name of the route that they are, or are part of. */
  readonly frontCaches: Map<string, FrontCacheRoute> = new Map();
  readonly #specs: Readonly<Record<string, RouteSpec>>;
  readonly #clusters: ReadonlyMap<string, Route>;
  readonly #clock: Clock;
  readonly #built = new Map<string, Route>();

  /** The specs were checked. */
  constructor(specs: Readonly<Record<string, RouteSpec>>, clusters: ReadonlyMap<string, Route>, clock: Clock) {
    this.#specs = specs;
    this.#clusters = clusters;
    this.#clock = clock;
  }

  /** The route or cluster of this name. */
  named(name: string): Route {
    const known = this.#clusters.get(name) ?? this.#built.get(name);
    if (known !== undefined) return known;
    const route = this.#build(this.#specs[name] as RouteSpec, name);
    this.#built.set(name, route);
    return route;
  }

  /** `within`: the named route that it is part of. */
  #build(spec: RouteSpec, within: string): Route {
    if (typeof spec === 'string') return this.named(spec);
    const build = (child: RouteSpec): Route => this.#build(child, within);
    const clock = this.#clock;
    switch (spec.type) {
      case 'prefix': {
        const branches = Object.entries(spec.routes).map(
          ([prefix, route]) => [toByteString(prefix), build(route)] as const,
        );
        return new PrefixRoute(new Map(branches), build(spec.otherwise), spec.strip === true);
      }
      case 'failover':
        return new FailoverRoute({
          routes: spec.routes.map(build),
          onMiss: spec.on === 'error-or-miss',
          ttl: spec.ttl,
          clock,
        });
      case 'replicate':
        return new ReplicateRoute(spec.routes.map(build), spec.mode ?? 'all-sync', clock);
      case 'shadow':
        return new ShadowRoute(build(spec.route), build(spec.shadow), spec.fraction);
      case 'warm-up':
        return new WarmUpRoute(build(spec.cold), build(spec.warm), spec.ttl ?? routeDefaults.warmUpTtl, clock);
      case 'front-cache':
        return this.#frontCache(spec, build(spec.route), within);
      case 'rate-limit':
        return new RateLimitRoute(build(spec.route), spec.perSecond, spec.burst ?? Math.max(1, spec.perSecond), clock);
      case 'read-only':
        return new ReadOnlyRoute(build(spec.route));
      default:
        return spec satisfies never;
    }
  }

  #frontCache(spec: FrontCacheRouteSpec, route: Route, within: string): Route {
    const cache = new FrontCacheRoute({
      route,
      prefixes: spec.prefixes.map(toByteString),
      lifespan: spec.lifespan,
      maxItems: spec.maxItems ?? routeDefaults.frontCacheItems,
      maxBytes: spec.maxBytes ?? routeDefaults.frontCacheBytes,
      clock: this.#clock,
    });
    let name = within;
    for (let n = 2; this.frontCaches.has(name); n++) name = `${within}#${n}`;
    this.frontCaches.set(name, cache);
    return cache;
  }
}
