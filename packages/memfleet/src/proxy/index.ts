/** `memfleet/proxy`: a proxy between memcached clients of any protocol and fleets of nodes. */
export type { ClusterStats, NodeStats } from '../cluster/stats.ts';
export { InvalidOptionError, MemcacheError } from '../core/errors.ts';
export type { FleetSettings } from '../fleet/options.ts';
export type { Authenticate } from '../session/session-context.ts';
export type { Address } from '../net/transport.ts';
export type { ProxyEvents } from './events.ts';
export type { FrontCacheStats } from './front-cache-stats.ts';
export type { Histogram } from './listeners/histogram.ts';
export {
  type FailoverRouteSpec,
  type FrontCacheRouteSpec,
  listenerDefaults,
  type ListenerSpec,
  type PrefixRouteSpec,
  proxyDefaults,
  proxyFleetDefaults,
  type ProxyOptions,
  type RateLimitRouteSpec,
  type ReadOnlyRouteSpec,
  type ReplicateRouteSpec,
  routeDefaults,
  type RouteSpec,
  type ShadowRouteSpec,
  type WarmUpRouteSpec,
} from './options/options.ts';
export { createProxy, Proxy } from './proxy.ts';
export type { CommandName, CommandStats, ListenerStats, ProxyStats } from './stats.ts';
export { hidden, redactMessage, redactText, secretKeys } from '../base/redact.ts';
