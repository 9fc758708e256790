/** An SDK of OpenTelemetry that keeps in memory what it exports. */
import { context, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { MemfleetInstrumentation, type MemfleetInstrumentationConfig } from 'memfleet/otel';
import { onTestFinished } from 'vitest';

export interface Sdk {
  readonly instrumentation: MemfleetInstrumentation;
  /** Of the application. */
  readonly tracer: Tracer;
  /** The spans that have ended. */
  readonly spans: () => ReadableSpan[];
  /** The metrics of now, by name. */
  readonly metrics: () => Promise<Map<string, MetricData>>;
}

/** Starts an SDK and the instrumentation; both end with the test. */
export function startSdk(config: MemfleetInstrumentationConfig = {}, sampler: Sampler = new AlwaysOnSampler()): Sdk {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spanExporter = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 2 ** 30 });
  const meters = new MeterProvider({ readers: [reader] });
  const instrumentation = new MemfleetInstrumentation({ ...config, enabled: false });
  instrumentation.setTracerProvider(tracers);
  instrumentation.setMeterProvider(meters);
  if (config.enabled !== false) instrumentation.enable();
  onTestFinished(async () => {
    instrumentation.disable();
    await Promise.all([tracers.shutdown(), meters.shutdown()]);
    context.disable();
    trace.disable();
  });
  return {
    instrumentation,
    tracer: tracers.getTracer('application'),
    spans: () => spanExporter.getFinishedSpans(),
    metrics: async () => {
      metricExporter.reset();
      await reader.forceFlush();
      const scopes = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
      return new Map(scopes.flatMap(({ metrics }) => metrics).map((metric) => [metric.descriptor.name, metric]));
    },
  };
}

/** The points of a metric as `attributes → value`; of a histogram the number of durations. */
export function points(metric: MetricData | undefined): [Record<string, unknown>, number][] {
  const all = (metric?.dataPoints ?? []) as readonly DataPoint<number | { readonly count: number }>[];
  return all.map(({ attributes, value }) => [attributes, typeof value === 'number' ? value : value.count]);
}
