/** `memfleet/proxy`: a proxy between memcached clients of any protocol and fleets of nodes. */
export { ownVersion as version } from '../base/version.ts';
export type { ClusterStats, NodeStats } from '../cluster/stats.ts';
export { InvalidOptionError, MemcacheError } from '../core/errors.ts';
export type { FleetSettings } from '../fleet/options.ts';
export type { Authenticate } from '../session/authentication.ts';
export type { Address } from '../net/transport.ts';
export type { ProxyEvents } from './events.ts';
export type { Histogram } from '../base/histogram.ts';
export type { AnyOptions, Kind, KindName, Option } from '../core/option-kinds.ts';
export * as kinds from '../core/option-kinds.ts';
export type { OptionTable } from '../core/option-table.ts';
export type { ListenOptions } from '../session/listen-options.ts';
export {
  listenerDefaults,
  listenerOptions,
  type ListenerSpec,
  proxyDefaults,
  proxyFleetDefaults,
  proxyFleetOptions,
  proxyOptions,
  type ProxyOptions,
} from './options/options.ts';
export { proxyProblems } from './options/resolve.ts';
export * from './routes/registry.ts';
export type { AnyRouteType } from './routes/route-type.ts';
export { createProxy, Proxy } from './proxy.ts';
export type { CommandName, CommandStats, FrontCacheStats, HotKeyStats, ListenerStats, ProxyStats } from './stats.ts';
export { suggestion } from '../core/suggestion.ts';
export { removeStaleSocket } from '../session/stale-socket.ts';
export { hidden, redactMessage, redactText, secretKeys } from '../base/redact.ts';
