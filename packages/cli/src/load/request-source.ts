/** Draws one request after the other. Each connection has a source; those of one run share the sequential keys. */
import { seededRandom } from './random.ts';
import type { Distribution, LoadVerb, Workload } from './workload.ts';

/** One request. */
export interface LoadRequest {
  readonly verb: LoadVerb;
  /** The number of the key. */
  readonly n: number;
  /** The numbers of the keys of an `mget`. */
  readonly numbers?: readonly number[];
  /** Whether the key is that of a counter, which `add` makes and `incr` changes. */
  readonly isCounter?: true;
}

/** Gives the number of a key. */
type DrawKey = (random: () => number) => number;

/** Sums of the shares of a Zipf distribution: the n-th number of a draw is found by bisection. */
function zipf(keys: number, exponent: number): DrawKey {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let n = 0; n < keys; n++) sums[n] = sum += (n + 1) ** -exponent;
  return (random) => {
    const wanted = random() * sum;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function sequential(keys: number): DrawKey {
  let next = 0;
  return () => {
    const n = next;
    next = n + 1 === keys ? 0 : n + 1;
    return n;
  };
}

const draws: { readonly [Kind in Distribution['kind']]: (keys: number, distribution: Distribution) => DrawKey } = {
  uniform: (keys) => (random) => Math.floor(random() * keys),
  sequential,
  zipf: (keys, distribution) => zipf(keys, distribution.kind === 'zipf' ? distribution.exponent : 1),
};

/** The requests of one connection. */
export interface RequestSource {
  next(): LoadRequest;
}

/** Makes the sources of one run. */
export class RequestSources {
  readonly #workload: Workload;
  readonly #draw: DrawKey;
  readonly #weights: number;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#draw = draws[workload.distribution.kind](workload.keys, workload.distribution);
    this.#weights = workload.mix.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** That of the `index`-th connection: with the same seed it gives the same requests in every run. */
  source(index: number): RequestSource {
    const random = seededRandom(this.#workload.seed * 7919 + index * 104_729);
    const { batch, mix } = this.#workload;
    const draw = this.#draw;
    const [only] = mix;
    const verbOf = mix.length === 1 && only !== undefined ? (): LoadVerb => only.verb : () => this.#verb(random);
    return {
      next() {
        const verb = verbOf();
        if (verb !== 'mget') return { verb, n: draw(random) };
        const numbers = Array.from({ length: batch }, () => draw(random));
        return { verb, n: numbers[0] ?? 0, numbers };
      },
    };
  }

  #verb(random: () => number): LoadVerb {
    let left = random() * this.#weights;
    for (const { verb, weight } of this.#workload.mix) if ((left -= weight) < 0) return verb;
    return this.#workload.mix[0]?.verb ?? 'get';
  }
}

/** Every key once, and the counters: what is stored before a run. */
export function fillingSource({ keys, mix }: Workload): { readonly requests: number; readonly source: RequestSource } {
  const hasCounters = mix.some(({ verb }) => verb === 'incr');
  let at = 0;
  const next = (): LoadRequest => {
    const n = at++;
    return n < keys ? { verb: 'set', n } : { verb: 'add', n: n - keys, isCounter: true };
  };
  return { requests: hasCounters ? keys * 2 : keys, source: { next } };
}
