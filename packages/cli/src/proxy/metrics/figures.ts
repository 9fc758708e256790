/** Looks up the values of metrics. */
import type { Labels } from './metric-row.ts';
import type { MetricData } from './metrics.ts';

type Values = MetricData['values'];

/** The values of metrics, by name and labels. */
export class Figures {
  readonly #values = new Map<string, Values>();

  constructor(metrics: readonly MetricData[]) {
    for (const { name, values } of metrics) this.#values.set(name, values);
  }

  /** The sum of all values of a metric that have these labels; 0 where there are none. */
  of(name: string, labels: Labels = {}): number {
    return this.#all(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** The buckets of a histogram, each with what is up to its bound; the last one is infinite. */
  buckets(name: string, labels: Labels): readonly (readonly [bound: number, upTo: number])[] {
    return this.#all(name, labels)
      .filter(({ metricName }) => metricName === `${name}_bucket`)
      .map(({ labels: { le }, value }) => [le === '+Inf' ? Infinity : Number(le), value] as const)
      .sort(([a], [b]) => a - b);
  }

  /** The sum of what a histogram counted. */
  sumOf(name: string, labels: Labels): number {
    return this.#all(name, labels).find(({ metricName }) => metricName === `${name}_sum`)?.value ?? 0;
  }

  /** The values that a label has, in their order. */
  labels(name: string, label: string): readonly string[] {
    return [...new Set((this.#values.get(name) ?? []).map(({ labels }) => String(labels[label])))];
  }

  #all(name: string, wanted: Labels): Values {
    const pairs = Object.entries(wanted);
    return (this.#values.get(name) ?? []).filter(({ labels }) =>
      pairs.every(([label, value]) => String(labels[label]) === value),
    );
  }
}
