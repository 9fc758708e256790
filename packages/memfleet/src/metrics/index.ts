/** The public entry point memfleet/metrics: metrics for Prometheus. */
export type { CacheSource } from './cache-rows.ts';
export type { ClusterSource } from './cluster-rows.ts';
export type { Labels, MetricFamily, MetricSample } from './family.ts';
export { type MetricRegistry, Metrics } from './metrics.ts';
