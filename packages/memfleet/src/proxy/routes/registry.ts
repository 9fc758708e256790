/**
 * Every type of route of the proxy. A new type is a file of its own, which describes it, and its lines here; see
 * `route-type.ts`. The specs in those files are generic in the specs of the routes within them. The union
 * of all specs, which closes them, is here.
 */
import { failoverRoute, type FailoverRouteSpec as Failover } from './failover-route.ts';
import { frontCacheRoute, type FrontCacheRouteSpec as FrontCache } from './front-cache-route.ts';
import { prefixRoute, type PrefixRouteSpec as Prefix } from './prefix-route.ts';
import { rateLimitRoute, type RateLimitRouteSpec as RateLimit } from './rate-limit-route.ts';
import { readOnlyRoute, type ReadOnlyRouteSpec as ReadOnly } from './read-only-route.ts';
import { replicateRoute, type ReplicateRouteSpec as Replicate } from './replicate-route.ts';
import type { AnyRouteType } from './route-type.ts';
import { shadowRoute, type ShadowRouteSpec as Shadow } from './shadow-route.ts';
import { warmUpRoute, type WarmUpRouteSpec as WarmUp } from './warm-up-route.ts';

/** The path of commands to a cluster: the name of a cluster or route, or an inline route. */
export type RouteSpec = string | RouteObject;

/** An inline route. */
export type RouteObject =
  | PrefixRouteSpec
  | FailoverRouteSpec
  | ReplicateRouteSpec
  | ShadowRouteSpec
  | WarmUpRouteSpec
  | FrontCacheRouteSpec
  | RateLimitRouteSpec
  | ReadOnlyRouteSpec;

/** Chooses a route by the longest prefix that the key begins with. */
export interface PrefixRouteSpec extends Prefix<RouteSpec> {}
/** Tries the next route when one fails. */
export interface FailoverRouteSpec extends Failover<RouteSpec> {}
/** Sends writes to all routes. */
export interface ReplicateRouteSpec extends Replicate<RouteSpec> {}
/** Copies the commands of a share of the keys to a second route and discards its replies. */
export interface ShadowRouteSpec extends Shadow<RouteSpec> {}
/** Fills a cold cluster from a warm one. */
export interface WarmUpRouteSpec extends WarmUp<RouteSpec> {}
/** Caches items in the proxy for a short time. */
export interface FrontCacheRouteSpec extends FrontCache<RouteSpec> {}
/** Refuses commands above a rate. */
export interface RateLimitRouteSpec extends RateLimit<RouteSpec> {}
/** Refuses commands that change items. */
export interface ReadOnlyRouteSpec extends ReadOnly<RouteSpec> {}

const types = {
  prefix: prefixRoute,
  failover: failoverRoute,
  replicate: replicateRoute,
  shadow: shadowRoute,
  'warm-up': warmUpRoute,
  'front-cache': frontCacheRoute,
  'rate-limit': rateLimitRoute,
  'read-only': readOnlyRoute,
} satisfies { readonly [Type in RouteObject['type']]: AnyRouteType & { readonly type: Type } };

/** The types of routes, by the name that a spec has as its `type`. */
export const routeTypes: Readonly<Record<string, AnyRouteType>> = types;
