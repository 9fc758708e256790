/** Counts calls and their times: since the start, and since the last sample. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { MemcacheError } from 'memfleet';

/** What was measured over some time. Latencies in ms. */
export interface Measure {
  /** Seconds measured. */
  readonly seconds: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly failed: number;
  /** Keys that were found, and that were not. */
  readonly hits: number;
  readonly misses: number;
  /** Share of hits, 0 to 1; NaN when nothing was asked for. */
  readonly hitRatio: number;
  readonly megabytesPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

class Count {
  readonly startedAt = performance.now();
  readonly latency: RecordableHistogram = createHistogram();
  failed = 0;
  hits = 0;
  misses = 0;
  bytes = 0;

  measure(): Measure {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const { latency, failed, hits, misses } = this;
    const calls = latency.count;
    const ms = (micros: number): number => (calls === 0 ? Number.NaN : Math.round(micros / 10) / 100);
    return {
      seconds,
      calls,
      callsPerSecond: calls / seconds,
      failed,
      hits,
      misses,
      hitRatio: hits / (hits + misses),
      megabytesPerSecond: this.bytes / 1e6 / seconds,
      p50: ms(latency.percentile(50)),
      p99: ms(latency.percentile(99)),
      max: ms(latency.max),
    };
  }
}

/** Counts calls and their latencies. */
export class Meter {
  /** Failures by error code. */
  readonly failures: Map<string, number> = new Map();
  /** Failures by node; '' where no node was concerned. */
  readonly failuresByNode: Map<string, number> = new Map();
  readonly #total = new Count();
  #recent = new Count();

  /** A call ended after `duration` ms, well or not. */
  call(duration: number): void {
    for (const { latency } of this.#counts) latency.record(Math.max(1, Math.round(duration * 1000)));
  }

  /** A key was found, its value had so many bytes; or it was not found. */
  found(bytes: number | undefined): void {
    for (const count of this.#counts) {
      if (bytes === undefined) count.misses++;
      else count.hits++;
      count.bytes += bytes ?? 0;
    }
  }

  wrote(bytes: number): void {
    for (const count of this.#counts) count.bytes += bytes;
  }

  /** A call failed. */
  failed(error: unknown): void {
    for (const count of this.#counts) count.failed++;
    const { code, node = '' } = error instanceof MemcacheError ? error : { code: String(error) };
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    this.failuresByNode.set(node, (this.failuresByNode.get(node) ?? 0) + 1);
  }

  /** Since the last sample; begins a new one. */
  sample(): Measure {
    const measure = this.#recent.measure();
    this.#recent = new Count();
    return measure;
  }

  /** Since the start. */
  total(): Measure {
    return this.#total.measure();
  }

  get #counts(): readonly Count[] {
    return [this.#total, this.#recent];
  }
}
