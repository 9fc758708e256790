/**
 * The metrics of processes, and what they come to together:
 *
 *   statistics of the engine ─ metric table ────┐
 *   prom-client's own (CPU, memory, event loop) ┴─▶ samples of one process ─┬─▶ AggregatorRegistry ─▶ Prometheus text
 *                                         samples of other processes ───────┤
 *                                         counters of processes that ended ─┘
 */
import type { Histogram } from 'memfleet/proxy';
import type { Registry } from 'prom-client';
import type { MetricSource } from './metric-row.ts';
import { metricTable } from './metric-table.ts';

/** A metric with its values, as prom-client makes them; plain data. */
export interface MetricData {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly MetricValue[];
}

interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** prom-client's `Registry.PROMETHEUS_CONTENT_TYPE`, which is loaded when metrics are read: that takes a while. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * prom-client's metrics of this process: CPU, memory, handles, garbage collection, the delay of the event loop. Its
 * gauges that are named as counters are left out: the same numbers are there by type. What is counted (garbage
 * collections, delays of the event loop) is counted from the first reading.
 */
export class ProcessMetrics {
  readonly #make: () => Promise<Pick<Registry, 'getMetricsAsJSON'>>;
  #registry: Promise<Pick<Registry, 'getMetricsAsJSON'>> | undefined;

  /** `make` is called again by the next reading if it fails, as it does without a free file descriptor. */
  constructor(make: () => Promise<Pick<Registry, 'getMetricsAsJSON'>> = defaultMetrics) {
    this.#make = make;
  }

  async read(): Promise<MetricData[]> {
    this.#registry ??= this.#make().catch((error: unknown) => {
      this.#registry = undefined;
      throw error;
    });
    const registry = await this.#registry;
    const all = (await registry.getMetricsAsJSON()) as unknown as MetricData[];
    return all.filter(({ name, type }) => type !== 'gauge' || !name.endsWith('_total'));
  }
}

async function defaultMetrics(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** The metrics of a proxy. */
export function proxyMetrics(source: MetricSource): MetricData[] {
  const rows = metricTable.map(({ name, type, help, combine, samples }) => ({
    name,
    help,
    type,
    aggregator: combine,
    values: samples(source).map(([labels, value]) => ({ labels, value })),
  }));
  return [...rows, latencies(source.stats.latencies)];
}

const latencyName = 'memfleet_node_latency_seconds';

/** Prometheus counts what is up to a bound, in seconds; the engine what is between two, in milliseconds. */
function latencies(byNode: Readonly<Record<string, Histogram>>): MetricData {
  const values = Object.entries(byNode).flatMap(([node, { bounds, counts, count, sum }]) => {
    let below = 0;
    const buckets = bounds.map((bound, index) => {
      below += counts[index] ?? 0;
      return { metricName: `${latencyName}_bucket`, labels: { le: bound / 1000, node }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${latencyName}_bucket`, labels: { le: '+Inf', node }, value: count },
      { metricName: `${latencyName}_sum`, labels: { node }, value: sum / 1000 },
      { metricName: `${latencyName}_count`, labels: { node }, value: count },
    ];
  });
  return {
    name: latencyName,
    help: 'From a command to the answer of its node.',
    type: 'histogram',
    aggregator: 'sum',
    values,
  };
}

/** A gauge of the program itself. */
export function gauge(name: string, help: string, value: number): MetricData {
  return { name, help, type: 'gauge', aggregator: 'sum', values: [{ labels: {}, value }] };
}

/** A counter of the program itself. */
export function counter(name: string, help: string, value: number): MetricData {
  return { ...gauge(name, help, value), type: 'counter' };
}

/**
 * What has to be remembered of processes that ended, so that no counter goes back: `before` and the last metrics of one
 * more.
 */
export async function remember(before: readonly MetricData[], last: readonly MetricData[]): Promise<MetricData[]> {
  const isLasting = ({ type, aggregator }: MetricData): boolean => type !== 'gauge' && aggregator === 'sum';
  return [...(await totals([before, last.filter(isLasting)]))];
}

/** The text of all processes together. */
export async function exposition(processes: readonly (readonly MetricData[])[]): Promise<string> {
  return (await aggregated(processes)).metrics();
}

async function aggregated(processes: readonly (readonly MetricData[])[]): Promise<Registry> {
  const { AggregatorRegistry } = await import('prom-client');
  // What says nothing about several processes is left out, unless there is only one.
  const parts = processes.length > 1 ? processes : processes.map((metrics) => metrics.map(keep));
  return AggregatorRegistry.aggregate(parts as unknown as object[]);
}

function keep(metric: MetricData): MetricData {
  return metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric;
}

/** The metrics of all processes together, as data: what `exposition` writes. */
export async function totals(processes: readonly (readonly MetricData[])[]): Promise<readonly MetricData[]> {
  return (await (await aggregated(processes)).getMetricsAsJSON()) as unknown as readonly MetricData[];
}
