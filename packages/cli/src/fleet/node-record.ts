/** What is known of one node: its samples, its probes, and whether it replies. Pure: times come with the calls. */
import { Latency } from './latency.ts';
import { type Figures, figuresOf, type Sample, type Stats } from './node-sample.ts';

/** `new`: nothing has come yet. `slow`: it owes replies. `down`: it cannot be reached. */
export type NodeState = 'new' | 'up' | 'slow' | 'down';

/** A node at one moment. */
export interface NodeRow {
  readonly node: string;
  readonly state: NodeState;
  /** Why it is slow or down. */
  readonly problem: string | undefined;
  /** Undefined where it is not up. */
  readonly figures: Figures | undefined;
  /** Milliseconds of the probes. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** Requests a second at the last ticks; undefined where there was no figure. */
  readonly trend: readonly (number | undefined)[];
  /** The newest statistics. */
  readonly stats: Stats;
}

/** So many ticks are remembered. */
const trendLength = 120;
/** The first probes have the connecting in them, and code that runs for the first time. */
const coldProbes = 3;
/** Seconds without a reply after which a node is slow. */
const slowAfter = 1;
const noStats: Stats = new Map();

/** One node. */
export class NodeRecord {
  readonly node: string;
  readonly #latency = new Latency();
  readonly #trend: (number | undefined)[] = [];
  readonly #since: number;
  #before: Sample | undefined;
  #now: Sample | undefined;
  #state: NodeState = 'new';
  #problem: string | undefined;
  #hasNews = false;
  /** Probes that have still to come until they count. */
  #cold = coldProbes;

  constructor(node: string, at: number) {
    this.node = node;
    this.#since = at;
  }

  /** It replied to `stats`. */
  heard(sample: Sample): void {
    this.#before = this.#state === 'down' ? undefined : this.#now;
    this.#now = sample;
    this.#state = 'up';
    this.#problem = undefined;
    this.#hasNews = true;
  }

  /** It failed a request. `isLate`: it is there, and owes the reply. */
  failed(problem: string, isLate: boolean): void {
    this.#state = isLate ? 'slow' : 'down';
    this.#problem = problem;
    this.#hasNews = true;
    this.#cold = coldProbes;
    if (!isLate) this.#latency.clear();
  }

  /** It replied to a probe. Tells whether the time counts. */
  probed(ms: number): boolean {
    const counts = this.#cold === 0;
    if (counts) this.#latency.add(ms);
    else this.#cold--;
    return counts;
  }

  /** A tick: the row to show. */
  tick(at: number): NodeRow {
    if (!this.#hasNews) this.#waited(at);
    this.#hasNews = false;
    const isUp = this.#state === 'up' && this.#now !== undefined;
    const figures = isUp ? figuresOf(this.#now as Sample, this.#before) : undefined;
    this.#trend.push(figures?.requests);
    if (this.#trend.length > trendLength) this.#trend.shift();
    return {
      node: this.node,
      state: this.#state,
      problem: this.#problem,
      figures,
      p50: this.#latency.percentile(0.5),
      p99: this.#latency.percentile(0.99),
      trend: [...this.#trend],
      stats: isUp ? (this.#now as Sample).stats : noStats,
    };
  }

  /** No reply has come since the last tick. */
  #waited(at: number): void {
    if (this.#state === 'down' || (this.#state === 'slow' && this.#now === undefined)) return;
    const seconds = (at - (this.#now?.at ?? this.#since)) / 1000;
    if (seconds < slowAfter) return;
    this.#state = 'slow';
    this.#problem = `no reply for ${seconds.toFixed(1)} s`;
  }
}
