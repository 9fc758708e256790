/** The public entry point memfleet/otel: spans and metrics for OpenTelemetry. */
export type { StatsSource } from './connections.ts';
export { MemfleetInstrumentation, type MemfleetInstrumentationConfig } from './instrumentation.ts';
