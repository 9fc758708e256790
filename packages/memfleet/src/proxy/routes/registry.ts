/**
 * Every type of route of the proxy. A new type is a file of its own, which describes it, and its lines here; see
 * `route-type.ts`.
 */
import { failoverRoute, type FailoverRouteSpec } from './failover-route.ts';
import { frontCacheRoute, type FrontCacheRouteSpec } from './front-cache-route.ts';
import { prefixRoute, type PrefixRouteSpec } from './prefix-route.ts';
import { rateLimitRoute, type RateLimitRouteSpec } from './rate-limit-route.ts';
import { readOnlyRoute, type ReadOnlyRouteSpec } from './read-only-route.ts';
import { replicateRoute, type ReplicateRouteSpec } from './replicate-route.ts';
import type { AnyRouteType, RouteType } from './route-type.ts';
import { shadowRoute, type ShadowRouteSpec } from './shadow-route.ts';
import { warmUpRoute, type WarmUpRouteSpec } from './warm-up-route.ts';

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

const types = {
  prefix: prefixRoute,
  failover: failoverRoute,
  replicate: replicateRoute,
  shadow: shadowRoute,
  'warm-up': warmUpRoute,
  'front-cache': frontCacheRoute,
  'rate-limit': rateLimitRoute,
  'read-only': readOnlyRoute,
} satisfies { readonly [Type in RouteObject['type']]: RouteType<Extract<RouteObject, { readonly type: Type }>> };

/** The types of routes, by the name that a spec has as its `type`. */
export const routeTypes: Readonly<Record<string, AnyRouteType>> = types;

export type {
  FailoverRouteSpec,
  FrontCacheRouteSpec,
  PrefixRouteSpec,
  RateLimitRouteSpec,
  ReadOnlyRouteSpec,
  ReplicateRouteSpec,
  ShadowRouteSpec,
  WarmUpRouteSpec,
};
