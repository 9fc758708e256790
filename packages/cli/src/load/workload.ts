/** What a load consists of, as data: which commands, on which keys, with values of which sizes. */

/** A kind of command. `mget` is one get of several keys. */
export type LoadVerb = 'get' | 'mget' | 'set' | 'add' | 'replace' | 'delete' | 'touch' | 'incr';

export const loadVerbs: readonly LoadVerb[] = ['get', 'mget', 'set', 'add', 'replace', 'delete', 'touch', 'incr'];

/** How often a verb comes, in proportion to the others. */
export interface VerbShare {
  readonly verb: LoadVerb;
  readonly weight: number;
}

/** `zipf`: the n-th key comes 1/n^exponent as often as the first. */
export type Distribution =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'sequential' }
  | { readonly kind: 'zipf'; readonly exponent: number };

/** Sizes from `from` to `to` bytes, in proportion to the other ranges. */
export interface SizeRange {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** What the generator sends. */
export interface Workload {
  /** The number of different keys. */
  readonly keys: number;
  readonly keyPrefix: string;
  readonly distribution: Distribution;
  /** Every key has a size of its own, which does not change. */
  readonly sizes: readonly SizeRange[];
  readonly mix: readonly VerbShare[];
  /** Keys of an `mget`. */
  readonly batch: number;
  /** Of what is stored, in seconds; 0 = no expiry. */
  readonly ttl: number;
  readonly seed: number;
}

/** What is usual. */
export const workloadDefaults: Workload = {
  keys: 10_000,
  keyPrefix: 'memfleet:load:',
  distribution: { kind: 'uniform' },
  sizes: [{ from: 100, to: 100, weight: 1 }],
  mix: [
    { verb: 'get', weight: 10 },
    { verb: 'set', weight: 1 },
  ],
  batch: 10,
  ttl: 0,
  seed: 1,
};

/** How a run goes. Times in ms. */
export interface RunPlan {
  readonly workload: Workload;
  readonly connections: number;
  /** Requests in flight on a connection at most; a closed loop sends so many at once, and waits for all replies. */
  readonly depth: number;
  /** Requests a second of all connections: an open loop. Undefined: a closed loop, as fast as replies come. */
  readonly rate?: number | undefined;
  readonly warmUp: number;
  /** Undefined: until `requests` are done. */
  readonly duration?: number | undefined;
  /** Requests after the warm-up; they end the run as `duration` does. */
  readonly requests?: number | undefined;
  /** A request without a reply has failed after so long. */
  readonly timeout: number;
  /** Whether every reply is compared with what was stored. */
  readonly verify: boolean;
}
