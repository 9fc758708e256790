/** Builds routes from checked route specs. */
import type { Clock } from '../../base/clock.ts';
import { type RouteSpec, routeTypes } from './registry.ts';
import type { AnyRouteType, FrontCache } from './route-type.ts';
import type { Route } from './route.ts';

/** The routes of one configuration. A named route is built once, even if several routes lead to it. */
export class Routes {
  /** The front caches, by the name of their route or of the route that contains them. */
  readonly frontCaches: Map<string, FrontCache> = new Map();
  readonly #specs: Readonly<Record<string, RouteSpec>>;
  readonly #clusters: ReadonlyMap<string, Route>;
  readonly #clock: Clock;
  readonly #built = new Map<string, Route>();

  /** `specs`: checked specs. */
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

  /** `within`: the named route that contains it. */
  #build(spec: RouteSpec, within: string): Route {
    if (typeof spec === 'string') return this.named(spec);
    return (routeTypes[spec.type] as AnyRouteType).build(spec as never, {
      // The checks have made sure that it is one.
      build: (child) => this.#build(child as RouteSpec, within),
      clock: this.#clock,
      addFrontCache: (cache) => {
        let name = within;
        for (let n = 2; this.frontCaches.has(name); n++) name = `${within}#${n}`;
        this.frontCaches.set(name, cache);
      },
    });
  }

  /** These routes are of a newer configuration. */
  replacedBy({ frontCaches }: Routes): void {
    for (const cache of this.frontCaches.values()) cache.replacedBy(frontCaches.values());
  }
}
