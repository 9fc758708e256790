/** `stats slabs`, `items` and `settings` of every node, asked for only while somebody looks. */
import { askStats } from '../fleet/ask-nodes.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Stats } from '../fleet/node-sample.ts';
import { type DetailStats, noDetails } from './detail-pane.ts';

const groups = ['slabs', 'items', 'settings'] as const;

/** The newest of each group. */
export class Details {
  readonly #fleet: Fleet;
  readonly #timeout: number;
  #known = noDetails;
  #isAsking = false;

  constructor(fleet: Fleet, timeout: number) {
    this.#fleet = fleet;
    this.#timeout = timeout;
  }

  get known(): DetailStats {
    return this.#known;
  }

  /** Asks all nodes, unless they still owe the replies. */
  async refresh(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await Promise.all(groups.map((group) => this.#ask(group)));
    } catch {
      // The sampler reports that there are no nodes.
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(group: (typeof groups)[number]): Promise<void> {
    const failed: string[] = [];
    const fresh = await askStats(this.#fleet, group, this.#timeout, (node) => failed.push(node));
    // It has no slab classes then; the row says what is wrong.
    for (const node of failed) fresh.set(node, new Map());
    this.#known = { ...this.#known, [group]: fresh satisfies ReadonlyMap<string, Stats> };
  }
}
