/** What runs the engine: this process, or workers of it. */
import type { Address, ProxyStats } from 'memfleet/proxy';
import type { MetricData } from '../metrics/metrics.ts';
import type { ProxySettings } from '../settings.ts';

/** The engine of one process. */
export interface EngineState {
  readonly pid: number;
  /** The number of the worker, from 1; undefined for a process without workers. */
  readonly worker: number | undefined;
  readonly stats: ProxyStats;
}

/** What one process says of itself. */
export interface Report extends EngineState {
  readonly metrics: readonly MetricData[];
}

/** Runs the engine: in this process, or in workers. */
export interface Host {
  /** Begins to accept. Rejects when an address cannot be had; then nothing is left. */
  start(settings: ProxySettings): Promise<void>;
  /** Rejects when the new settings are refused; then everything goes on as before. */
  reload(settings: ProxySettings): Promise<void>;
  /** Of every process that runs, without its metrics. */
  states(): Promise<readonly EngineState[]>;
  /** Of every process that runs. */
  reports(): Promise<readonly Report[]>;
  /** Metrics that are of no process: counters of those that ended, and about the processes. */
  ownMetrics(): Promise<readonly (readonly MetricData[])[]>;
  /** Accepts nobody any more, answers what is in flight, ends. Idempotent. */
  drain(): Promise<void>;
  /** Ends at once. Idempotent. */
  kill(): Promise<void>;
}

/** `host:port`, or the path. */
export function formatAddress(address: Address): string {
  if ('path' in address) return address.path;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
