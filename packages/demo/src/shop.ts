/**
 * A web shop as its cache sees it. One page:
 *
 *   session ─▶ ┬ fragments of the page (1–3), made and stored where missing; sometimes one is edited or dropped
 *              ├ products shown (5–20) by one multi-get, those missing stored by one call
 *              ├ the page's counter, plus one
 *              └ sometimes the cart, changed by compare-and-swap
 */
import type { Audit } from './audit.ts';
import type { Catalogue } from './catalogue.ts';
import type { Random } from './random.ts';

/** How often things happen on a page. */
const odds = { sessionChanges: 0.3, fragmentEdited: 0.02, cartChanges: 0.1, counterShown: 0.2 } as const;

/** A web shop: serves pages from a cache. */
export class Shop {
  readonly #audit: Audit;
  readonly #catalogue: Catalogue;

  constructor(audit: Audit, catalogue: Catalogue) {
    this.#audit = audit;
    this.#catalogue = catalogue;
  }

  /** Serves one page. Never rejects. */
  async page(random: Random): Promise<void> {
    await this.#session(random);
    const parts = [this.#products(random), this.#views(random)];
    for (let left = 1 + Math.floor(random() * 3); left > 0; left--) parts.push(this.#fragment(random));
    if (random() < odds.cartChanges) parts.push(this.#cart(random));
    await Promise.all(parts);
  }

  async #session(random: Random): Promise<void> {
    const [key, size] = this.#catalogue.draw('session', random);
    const outcome = await this.#audit.read(key);
    if (outcome === 'miss' || random() < odds.sessionChanges) await this.#audit.write(key, size);
  }

  async #fragment(random: Random): Promise<void> {
    const [key, size] = this.#catalogue.draw('fragment', random);
    if (random() < odds.fragmentEdited) {
      if (random() < 0.5) await this.#audit.remove(key);
      else await this.#audit.write(key, size);
      return;
    }
    const outcome = await this.#audit.read(key);
    if (outcome === 'miss') await this.#audit.write(key, size);
  }

  async #products(random: Random): Promise<void> {
    const sizes = new Map(this.#catalogue.drawSome('product', 5 + Math.floor(random() * 16), random));
    const missing = await this.#audit.readMany([...sizes.keys()]);
    if (missing.length > 0) await this.#audit.writeMany(new Map(missing.map((key) => [key, sizes.get(key) as number])));
  }

  async #views(random: Random): Promise<void> {
    const [key] = this.#catalogue.draw('views', random);
    await this.#audit.count(key);
    if (random() < odds.counterShown) await this.#audit.readCount(key);
  }

  async #cart(random: Random): Promise<void> {
    await this.#audit.update(...this.#catalogue.draw('cart', random));
  }
}
