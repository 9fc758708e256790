/**
 * The self-description of a route type. Everything about one type is in its file; `registry.ts` lists the types. The
 * checks, the configuration file, the search for cycles and the docs are made from the description.
 */
import type { Clock } from '../../base/clock.ts';
import { type AnyOptions, type Kind, listOf, named } from '../../core/option-kinds.ts';
import type { OptionTable } from '../../core/option-table.ts';
import type { FrontCacheStats } from '../stats.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** A front cache of one configuration. */
export interface FrontCache {
  stats(): FrontCacheStats;
  /** Removes the item of a key, here and in the caches that replace this one. */
  forget(key: string): void;
  /** Removes all items, here and in the caches that replace this one. */
  clear(): void;
  /** Tells it the caches of the next configuration: the writes that it has in flight concern them as well. */
  replacedBy(caches: Iterable<FrontCache>): void;
}

/** The context in which a route is built. */
export interface RouteContext {
  /** Returns the route of a spec within this one. */
  readonly build: (spec: InnerRouteSpec) => Route;
  readonly clock: Clock;
  /** Announces a front cache, for statistics and for the next configuration. */
  readonly addFrontCache: (cache: FrontCache) => void;
}

/** A type of route. */
export interface RouteType<Spec extends { readonly type: string }> {
  /** The value of `type` in specs. */
  readonly type: Spec['type'];
  /** Its description: a line of Markdown. */
  readonly about: string;
  /** Its options. Options of the kinds below contain other routes. */
  readonly options: OptionTable<Omit<Spec, 'type'>>;
  /** Builds the route of a checked spec. */
  build(spec: Spec, context: RouteContext): Route;
}

/** A type of route whose spec is not known. */
export interface AnyRouteType {
  /** The `type` of its specs. */
  readonly type: string;
  /** The description of the route: a line of Markdown. */
  readonly about: string;
  /** The options of its specs. */
  readonly options: AnyOptions;
  /** Builds the route of a spec that was checked. */
  build(spec: never, context: RouteContext): Route;
}

/** An option that holds a route. The route is checked by `routeProblems`. */
export const route: Kind<InnerRouteSpec> = {
  name: 'route',
  wanted: 'a name or an object with "type"',
  fits: () => true,
};

/** An option that holds a list of routes. */
export const routes: Kind<readonly InnerRouteSpec[]> = listOf(route, 'a list of routes that is not empty');

const byPrefix = named(route, 'an object of routes by prefix', 1);

/** An option that holds routes by the prefixes of keys. */
export const routesByPrefix: Kind<Readonly<Record<string, InnerRouteSpec>>> = {
  ...byPrefix,
  fits: (value) => {
    const prefixes = byPrefix.fits(value) ? Object.keys(value as object) : [];
    return prefixes.length > 0 && !prefixes.includes('');
  },
};
