/** Metrics in the shape that prom-client's registries collect. */
import type { Histogram } from '../base/histogram.ts';

/** The labels of a sample. */
export type Labels = Readonly<Record<string, string | number>>;

/** One value of a metric. */
export interface MetricSample {
  /** What tells it from the other samples of the metric. */
  readonly labels: Labels;
  /** The value: a count, or seconds or bytes as the name of the metric says. */
  readonly value: number;
  /** The name of a part of a histogram: with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}

/** A metric with its values of now, as prom-client's `getMetricsAsJSON` returns them. */
export interface MetricFamily {
  /** The name: `memfleet_…`. */
  readonly name: string;
  /** What is counted. */
  readonly help: string;
  /** The type of the metric, as Prometheus calls it. */
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** How prom-client joins the values of worker processes. */
  readonly aggregator: 'sum' | 'max';
  /** The values. */
  readonly values: readonly MetricSample[];
}

/** A metric as a row of a table: what it is, and where its values come from. */
export interface MetricRow<Source> {
  readonly name: string;
  readonly type: MetricFamily['type'];
  readonly help: string;
  /** @default 'sum' */
  readonly aggregator?: 'max';
  readonly read: (source: Source) => readonly MetricSample[];
}

/** The metric of a row, with its values of now. */
export function familyOf<Source>(row: MetricRow<Source>, source: Source): MetricFamily {
  const { name, type, help, aggregator = 'sum', read } = row;
  return { name, help, type, aggregator, values: read(source) };
}

/** Prometheus counts what is up to a bound, in seconds; a `Histogram` what is between two, in milliseconds. */
export function histogramSamples(name: string, labels: Labels, histogram: Histogram): MetricSample[] {
  const { bounds, counts, count, sum } = histogram;
  let below = 0;
  const buckets = bounds.map((bound, at): MetricSample => {
    below += counts[at] as number;
    return { metricName: `${name}_bucket`, labels: { le: bound / 1000, ...labels }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: sum / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
