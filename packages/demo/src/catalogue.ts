/**
 * What the shop keeps in its cache: how the keys are called, how many there are, how large their values are, how long
 * they live.
 */
import { Zipf } from './zipf.ts';

/** The kinds of keys. */
export type Kind = 'session' | 'fragment' | 'product' | 'cart' | 'views';

interface Shelf {
  readonly count: number;
  /** Bytes of the smallest and the largest value. */
  readonly smallest: number;
  readonly largest: number;
  /** From 1, all sizes (on a logarithmic scale) being equally frequent, to high numbers, large values being rare. */
  readonly bend: number;
}

const shelves: Readonly<Record<Kind, Shelf>> = {
  session: { count: 5000, smallest: 60, largest: 4000, bend: 1.5 },
  fragment: { count: 2000, smallest: 200, largest: 200_000, bend: 4 },
  product: { count: 10_000, smallest: 50, largest: 1500, bend: 2 },
  cart: { count: 1000, smallest: 50, largest: 800, bend: 1 },
  // Counters: what a value is long is not up to us.
  views: { count: 500, smallest: 0, largest: 0, bend: 1 },
};

const golden = (Math.sqrt(5) - 1) / 2;

/** The keys of the shop, their number, the sizes of their values in bytes, and their times to live in seconds. */
export class Catalogue {
  readonly #prefix: string;
  readonly #laws: Readonly<Record<Kind, Zipf>>;

  /** `prefix` stands before every key, so that two runs on the same nodes do not meet. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#laws = {
      session: new Zipf(shelves.session.count),
      fragment: new Zipf(shelves.fragment.count),
      product: new Zipf(shelves.product.count),
      cart: new Zipf(shelves.cart.count),
      views: new Zipf(shelves.views.count),
    };
  }

  /** How popular the items of a kind are. */
  law(kind: Kind): Zipf {
    return this.#laws[kind];
  }

  key(kind: Kind, rank: number): string {
    return `${this.#prefix}${kind}:${rank}`;
  }

  /**
   * Bytes of the value of a rank: always the same, whatever the seed. Multiples of the golden ratio spread the sizes
   * evenly over the ranks, so that neither all of the popular items are small nor all large.
   */
  size(kind: Kind, rank: number): number {
    const { smallest, largest, bend } = shelves[kind];
    const place = (rank * golden) % 1;
    return Math.round(smallest * (largest / smallest) ** (place ** bend));
  }
}
