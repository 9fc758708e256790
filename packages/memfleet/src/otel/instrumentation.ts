/**
 * Spans and metrics for OpenTelemetry, made of the diagnostics channels.
 *
 *   tracing channels ─▶ TracedCalls ─▶ spans, durations
 *   channels, stats() ─▶ connections ─▶ db.client.connection.*
 *
 * While it is disabled, it has subscribed to nothing.
 */
import { context, metrics, type MeterProvider, trace, type TracerProvider } from '@opentelemetry/api';
import { ownVersion } from '../base/version.ts';
import { addTraceScope } from '../observe/traced.ts';
import { cacheCalls, commandCalls, loadCalls } from './calls.ts';
import { reportConnections, reportPools, type StatsSource } from './connections.ts';
import { type OpenSpans, reportCalls } from './traced-calls.ts';

/** The configuration of a `MemfleetInstrumentation`. */
export interface MemfleetInstrumentationConfig {
  /** Whether it reports from the beginning. @default true */
  readonly enabled?: boolean;
  /**
   * Whether spans have keys: `db.query.text` (`get user:42`), `memfleet.cache.key`, and the messages of errors, which
   * name keys. Metrics never have them. @default false
   */
  readonly keys?: boolean;
}

const name = 'memfleet';

/**
 * Reports calls of all clients and caches of the process as spans and metrics. Has the methods that
 * `registerInstrumentations` and `NodeSDK` of OpenTelemetry call. One is enough for a process.
 */
export class MemfleetInstrumentation {
  /** The name of the instrumentation scope. */
  readonly instrumentationName: string = name;
  /** The version of memfleet. */
  readonly instrumentationVersion: string = ownVersion;
  readonly #sources = new Set<StatsSource>();
  #config: MemfleetInstrumentationConfig;
  #tracers: TracerProvider | undefined;
  #meters: MeterProvider | undefined;
  #ends: readonly (() => void)[] = [];

  /** Begins to report, unless `enabled` is false. */
  constructor(config: MemfleetInstrumentationConfig = {}) {
    this.#config = config;
    if (config.enabled !== false) this.enable();
  }

  /** Subscribes to the channels. Has no effect if it is enabled. */
  enable(): void {
    if (this.#ends.length > 0) return;
    const tracer = (this.#tracers ?? trace).getTracer(name, ownVersion);
    const meter = (this.#meters ?? metrics).getMeter(name, ownVersion);
    const spans: OpenSpans = new WeakMap();
    const targets = { tracer, meter, spans, withKeys: this.#config.keys === true };
    this.#ends = [
      reportCalls(commandCalls, targets),
      reportCalls(cacheCalls, targets),
      reportCalls(loadCalls, targets),
      reportConnections(meter),
      reportPools(meter, this.#sources),
      addTraceScope((message, run) => {
        const span = spans.get(message);
        // Without an SDK there is no trace. One that is not sampled is active, so that nothing below it is sampled.
        if (span === undefined || !trace.isSpanContextValid(span.spanContext())) return run();
        return context.with(trace.setSpan(context.active(), span), run);
      }),
    ];
  }

  /** Ends all subscriptions. Calls in progress are not reported. */
  disable(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  /**
   * Adds the connections of a client to `db.client.connection.count`, `.limit` and `.pending_requests`. Returns the
   * function that takes them away; call it when the client is closed.
   */
  watch(client: StatsSource): () => void {
    this.#sources.add(client);
    return () => void this.#sources.delete(client);
  }

  /** Takes the tracer of this provider in place of the global one. */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracers = provider;
    this.#renew();
  }

  /** Takes the meter of this provider in place of the global one. */
  setMeterProvider(provider: MeterProvider): void {
    this.#meters = provider;
    this.#renew();
  }

  /** Replaces the configuration. `enabled` has no effect here: call `enable` or `disable`. */
  setConfig(config: MemfleetInstrumentationConfig): void {
    this.#config = config;
    this.#renew();
  }

  /** The configuration. */
  getConfig(): MemfleetInstrumentationConfig {
    return { enabled: true, ...this.#config };
  }

  #renew(): void {
    if (this.#ends.length === 0) return;
    this.disable();
    this.enable();
  }
}
