/** What came of the requests. All connections of a run share it. */
import { Latencies } from './latencies.ts';
import type { LoadVerb } from './workload.ts';

/** The counters of a verb. */
export interface VerbTally {
  requests: number;
  /** Keys that were found, or changed. */
  hits: number;
  misses: number;
  readonly latencies: Latencies;
}

const mostMessages = 20;
const mostExamples = 5;

/** Counts the requests that became due within the measured time. */
export class Tally {
  readonly verbs: Map<LoadVerb, VerbTally> = new Map();
  /** Failed requests by message. */
  readonly errors: Map<string, number> = new Map();
  /** Values that are not what was stored. */
  wrong = 0;
  readonly examples: string[] = [];
  /** Open loop: requests that were due and could not be sent before the end. Their wait is in `waits`. */
  unsent = 0;
  readonly waits: Latencies = new Latencies();
  /** Failed requests of the whole run, also of what came before the measured time; and why the last one failed. */
  failed = 0;
  lastError = '';
  #last: { readonly verb: LoadVerb; readonly tally: VerbTally } | undefined;
  #from = Infinity;
  #until = Infinity;

  /** From now on requests count. In ms of `performance.now`. */
  begin(now: number): void {
    this.#from = now;
  }

  /** Requests that become due from now on do not count. */
  end(now: number): void {
    this.#until = now;
  }

  counts(since: number): boolean {
    return since >= this.#from && since < this.#until;
  }

  /** A request that was due at `since` has its reply. */
  settle(verb: LoadVerb, since: number, now: number, hits: number, misses: number): void {
    if (!this.counts(since)) return;
    if (this.#last?.verb !== verb) this.#last = { verb, tally: this.verbs.get(verb) ?? this.#begin(verb) };
    const { tally } = this.#last;
    tally.requests++;
    tally.hits += hits;
    tally.misses += misses;
    tally.latencies.record(now - since);
  }

  fail(since: number, message: string): void {
    this.failed++;
    this.lastError = message;
    if (!this.counts(since)) return;
    const name = this.errors.has(message) || this.errors.size < mostMessages ? message : 'other errors';
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
  }

  /** A wrong value counts whenever it comes. */
  refute(message: string): void {
    this.wrong++;
    if (this.examples.length < mostExamples) this.examples.push(message);
  }

  /** A request that was due at `since` has not been sent until `now`. */
  leave(since: number, now: number): void {
    this.unsent++;
    this.waits.record(now - since);
  }

  get requests(): number {
    let sum = 0;
    for (const { requests } of this.verbs.values()) sum += requests;
    return sum;
  }

  get failures(): number {
    let sum = 0;
    for (const count of this.errors.values()) sum += count;
    return sum;
  }

  /** Of all verbs, and of what was never sent. */
  latencies(): Latencies {
    const all = new Latencies();
    for (const { latencies } of this.verbs.values()) all.add(latencies);
    all.add(this.waits);
    return all;
  }

  #begin(verb: LoadVerb): VerbTally {
    const tally: VerbTally = { requests: 0, hits: 0, misses: 0, latencies: new Latencies() };
    this.verbs.set(verb, tally);
    return tally;
  }
}
