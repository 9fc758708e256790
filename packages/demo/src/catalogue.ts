/** What the shop keeps in its cache: how the keys are called, how many there are, how large their values are. */
import type { Random } from './random.ts';
import { Zipf } from './zipf.ts';

/** The kinds of keys. */
export type Kind = 'session' | 'fragment' | 'product' | 'cart' | 'views';

type Shelf = Readonly<Record<'smallest' | 'largest' | 'bend', number>> & { readonly law: Zipf };

/**
 * For each kind: how often each item is asked for, and bytes of the smallest and the largest value. `bend`: from 1,
 * all sizes (on a logarithmic scale) being equally frequent, to high numbers, large values being rare.
 */
const shelves: Readonly<Record<Kind, Shelf>> = {
  session: { law: new Zipf(5000), smallest: 60, largest: 4000, bend: 1.5 },
  fragment: { law: new Zipf(2000), smallest: 200, largest: 200_000, bend: 4 },
  product: { law: new Zipf(10_000), smallest: 50, largest: 1500, bend: 2 },
  cart: { law: new Zipf(1000), smallest: 50, largest: 800, bend: 1 },
  // Counters: how long a value is, is not up to us.
  views: { law: new Zipf(500), smallest: 1, largest: 1, bend: 1 },
};

/** A key, and the size of its value. */
export type Item = readonly [key: string, size: number];

const golden = (Math.sqrt(5) - 1) / 2;

/** The keys of the shop, and the sizes of their values in bytes. */
export class Catalogue {
  readonly #prefix: string;

  /** `prefix` stands before every key, so that two runs on the same nodes do not meet. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** One of the items of a kind. */
  draw(kind: Kind, random: Random): Item {
    return this.#item(kind, shelves[kind].law.draw(random));
  }

  /** Several different ones. */
  drawSome(kind: Kind, count: number, random: Random): Item[] {
    return shelves[kind].law.drawSome(count, random).map((rank) => this.#item(kind, rank));
  }

  /**
   * The size is always that of the rank, whatever the seed. Multiples of the golden ratio spread the sizes evenly over
   * the ranks, so that neither all of the popular items are small nor all large.
   */
  #item(kind: Kind, rank: number): Item {
    const { smallest, largest, bend } = shelves[kind];
    const place = (rank * golden) % 1;
    return [`${this.#prefix}${kind}:${rank}`, Math.round(smallest * (largest / smallest) ** (place ** bend))];
  }
}
