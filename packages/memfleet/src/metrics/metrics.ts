/**
 * Metrics for Prometheus, by prom-client or whatever else writes its format.
 *
 *   channels ─▶ CallCounts ─┐
 *   client.stats() ─────────┼─▶ rows of a table ─▶ collect() ─▶ prom-client's Registry ─▶ text
 *   cache.stats() ──────────┘
 *
 * Nothing is counted twice: what `stats()` has is read when somebody collects.
 */
import { type Caches, cacheRows, type CacheSource } from './cache-rows.ts';
import { CallCounts, callRows } from './call-counts.ts';
import { type Clusters, clusterRows, type ClusterSource } from './cluster-rows.ts';
import { familyOf, type MetricFamily } from './family.ts';

/** A registry of prom-client. */
export interface MetricRegistry {
  /** Adds a metric. */
  registerMetric(metric: never): void;
  /** Removes a metric by its name. */
  removeSingleMetric(name: string): void;
}

/** Counts calls of all clients of the process, and reads the numbers of those that it is given. */
export class Metrics {
  readonly #counts = new CallCounts();
  readonly #stop: () => void;
  readonly #clusters = new Map<string, ClusterSource>();
  readonly #caches = new Map<string, CacheSource>();
  readonly #collectors: readonly (() => MetricFamily)[];

  /** Begins to count calls. */
  constructor() {
    this.#stop = this.#counts.start();
    const clusters: Clusters = this.#clusters;
    const caches: Caches = this.#caches;
    this.#collectors = [
      ...callRows.map((row) => () => familyOf(row, this.#counts)),
      ...clusterRows.map((row) => () => familyOf(row, clusters)),
      ...cacheRows.map((row) => () => familyOf(row, caches)),
    ];
  }

  /** Reads the nodes and pools of a client, under the label `cluster`. Returns the function that ends it. */
  watch(cluster: string, client: ClusterSource): () => void {
    return keep(this.#clusters, cluster, client);
  }

  /** Reads the counts of a cache, under the label `cache`. Returns the function that ends it. */
  watchCache(name: string, cache: CacheSource): () => void {
    return keep(this.#caches, name, cache);
  }

  /** All metrics with their values of now. */
  collect(): MetricFamily[] {
    return this.#collectors.map((collect) => collect());
  }

  /** Adds all metrics to a registry of prom-client, which collects them. Returns the function that removes them. */
  register(registry: MetricRegistry): () => void {
    const metrics = this.#collectors.map((collect) => ({ name: collect().name, get: collect, reset: nothing }));
    for (const metric of metrics) registry.registerMetric(metric as never);
    return () => {
      for (const { name } of metrics) registry.removeSingleMetric(name);
    };
  }

  /** Ends the counting of calls. */
  close(): void {
    this.#stop();
  }
}

/** The counts of prom-client's registry are not its own. */
const nothing = (): void => {};

function keep<Source>(sources: Map<string, Source>, name: string, source: Source): () => void {
  sources.set(name, source);
  return () => {
    if (sources.get(name) === source) sources.delete(name);
  };
}
