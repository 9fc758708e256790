/** Counts calls and their times: since the start, and since the last sample. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { MemcacheError } from 'memfleet';
import { rootCause } from './failure.ts';

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

/** Calls that failed on one node for one reason. */
export interface Reason {
  /** '' where no node was concerned. */
  readonly node: string;
  /** The node was killed, or it was back and not in use yet; undefined if nothing was wrong with it. */
  readonly during: Stage | undefined;
  /** In a few words: `ejected`, `ECONNREFUSED`, `timed out`. */
  readonly why: string;
  calls: number;
}

/** What is wrong with a node in an outage. */
export type Stage = 'down' | 'back';

/** Counts calls and their latencies. */
export class Meter {
  readonly #stageOf: (node: string) => Stage | undefined;
  readonly #names: readonly string[];
  readonly #reasons = new Map<string, Reason>();
  readonly #total = new Count();
  #recent = new Count();

  /** `stageOf`: what is wrong with a node at the moment. `names`: the nodes that error lines of a proxy may name. */
  constructor(stageOf: (node: string) => Stage | undefined = () => undefined, names: readonly string[] = []) {
    this.#stageOf = stageOf;
    this.#names = names;
  }

  /** Why calls failed, the most frequent reason first. */
  get reasons(): Reason[] {
    return [...this.#reasons.values()].sort((a, b) => b.calls - a.calls);
  }

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
    const node = this.#nodeOf(error);
    const [during, why] = [this.#stageOf(node), whyOf(error)];
    const id = `${node} ${during} ${why}`;
    const reason = this.#reasons.get(id);
    if (reason === undefined) this.#reasons.set(id, { node, during, why, calls: 1 });
    else reason.calls++;
  }

  #nodeOf(error: unknown): string {
    if (!(error instanceof MemcacheError)) return '';
    return this.#names.find((name) => error.message.includes(name)) ?? error.node ?? '';
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

/** Phrases of errors, also of the proxy's error lines. */
const phrases: readonly (readonly [phrase: RegExp, why: string])[] = [
  [/\bis ejected\b/, 'ejected'],
  [/\bE(?:PIPE|CONNRESET)\b/, 'connection closed'],
  [/\bE[A-Z]{4,}\b/, ''],
  [/timed out|in time\b|deadline/, 'timed out'],
  [/clos|reset/, 'connection closed'],
];

/** Why a call failed, in a few words: a system error by its code. */
function whyOf(error: unknown): string {
  if (!(error instanceof MemcacheError)) return String(error);
  if (error.code === 'ERR_TIMEOUT') return 'timed out';
  const text = [error.message, rootCause(error)].join(' ');
  for (const [phrase, why] of phrases) {
    const match = phrase.exec(text);
    if (match !== null) return why === '' ? match[0] : why;
  }
  return error.code;
}
