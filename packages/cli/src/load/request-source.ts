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
  /** What goes over the wire, and the length of the reply if all keys are found: made once, by wire-requests.ts. */
  wire?: { readonly text: string; readonly hitLength: number } | undefined;
}

/** Requests that leave in one write. */
export interface RequestBatch {
  readonly requests: readonly LoadRequest[];
  /** Made once, where the batch comes again. */
  bytes?: Uint8Array | undefined;
  readonly comesAgain: boolean;
}

/** So many keys have their requests made once. */
const mostRemembered = 100_000;
/** An `mget` of few keys is one of so many that are made once. */
const variety = 1024;
const fewKeys = 10_000;

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
  /** So many requests. */
  nextBatch(count: number): RequestBatch;
}

/** Batches of few keys are made once, each key so many times, if all of them have so many bytes at most. */
const roundsOfKeys = 8;
const mostBatchBytes = 16 * 1024 * 1024;
/** A request without its value, roughly. */
const requestLength = 50;

/** Makes the sources of one run. */
export class RequestSources {
  readonly #workload: Workload;
  readonly #draw: DrawKey;
  readonly #weights: number;
  readonly #made: Partial<Record<LoadVerb, LoadRequest[]>> = {};
  readonly #mgets: LoadRequest[] = [];
  readonly #batches = new Map<number, RequestBatch[]>();

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#draw = draws[workload.distribution.kind](workload.keys, workload.distribution);
    this.#weights = workload.mix.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** That of the `index`-th connection: with the same seed it gives the same requests in every run. */
  source(index: number): RequestSource {
    const random = seededRandom(this.#workload.seed * 7919 + index * 104_729);
    const { mix } = this.#workload;
    const draw = this.#draw;
    const [only] = mix;
    const request = (verb: LoadVerb, n: number): LoadRequest => this.#request(verb, n);
    const mget = (from: () => number): LoadRequest => this.#mget(from);
    const batch = this.#batch.bind(this);
    const verbOf = mix.length === 1 && only !== undefined ? (): LoadVerb => only.verb : () => this.#verb(random);
    return {
      next() {
        const verb = verbOf();
        return verb === 'mget' ? mget(random) : request(verb, draw(random));
      },
      nextBatch(count) {
        const next = (): LoadRequest => this.next();
        return batch(random, count, next);
      },
    };
  }

  #batch(random: () => number, count: number, next: () => LoadRequest): RequestBatch {
    const many = this.#variety(count);
    if (many === 0) return { requests: Array.from({ length: count }, next), comesAgain: false };
    const at = Math.floor(random() * many);
    const known = this.#batches.get(count) ?? [];
    this.#batches.set(count, known);
    // As above: it does not depend on the connection.
    return (known[at] ??= {
      requests: Array.from({ length: count }, once(this.source(-1 - at))),
      comesAgain: true,
      bytes: undefined,
    });
  }

  /** How many batches are made once; 0 = none, every batch is drawn. */
  #variety(count: number): number {
    const { distribution, keys, sizes } = this.#workload;
    if (count === 1 || keys > fewKeys || distribution.kind === 'sequential') return 0;
    const requests = keys * roundsOfKeys;
    const largest = Math.max(...sizes.map(({ to }) => to));
    return requests * (largest + requestLength) > mostBatchBytes ? 0 : Math.ceil(requests / count);
  }

  /** The same object for the same request, so that what is made of it is made once. */
  #request(verb: LoadVerb, n: number): LoadRequest {
    if (n >= mostRemembered) return { verb, n };
    const made = (this.#made[verb] ??= []);
    return (made[n] ??= { verb, n, wire: undefined });
  }

  #mget(random: () => number): LoadRequest {
    const { batch, distribution, keys } = this.#workload;
    const isRemembered = keys <= fewKeys && distribution.kind !== 'sequential';
    const at = Math.floor(random() * variety);
    const known = isRemembered ? this.#mgets[at] : undefined;
    if (known !== undefined) return known;
    // Those that are remembered must not depend on which connection needs them first.
    const own = isRemembered ? seededRandom(this.#workload.seed * 7919 + at) : random;
    const numbers = Array.from({ length: batch }, () => this.#draw(own));
    const request: LoadRequest = { verb: 'mget', n: numbers[0] ?? 0, numbers, wire: undefined };
    if (isRemembered) this.#mgets[at] = request;
    return request;
  }

  #verb(random: () => number): LoadVerb {
    let left = random() * this.#weights;
    for (const { verb, weight } of this.#workload.mix) if ((left -= weight) < 0) return verb;
    return this.#workload.mix[0]?.verb ?? 'get';
  }
}

function once(source: RequestSource): () => LoadRequest {
  return () => source.next();
}

/** Every key once, and the counters: what is stored before a run. */
export function fillingSource({ keys, mix }: Workload): {
  readonly requests: number;
  readonly nextBatch: RequestSource['nextBatch'];
} {
  const hasCounters = mix.some(({ verb }) => verb === 'incr');
  let at = 0;
  const next = (): LoadRequest => {
    const n = at++;
    return n < keys ? { verb: 'set', n } : { verb: 'add', n: n - keys, isCounter: true };
  };
  const nextBatch = (count: number): RequestBatch => ({
    requests: Array.from({ length: count }, next),
    comesAgain: false,
  });
  return { requests: hasCounters ? keys * 2 : keys, nextBatch };
}
