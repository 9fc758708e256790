/** `stats slabs`, `items` and `settings` of every node, asked for only while somebody looks. */
import { askNodes } from '../fleet/ask-nodes.ts';
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
    const fresh = new Map<string, Map<string, string>>();
    await askNodes(this.#fleet, group, this.#timeout, {
      onItem: (node, reply) => {
        const stats = fresh.get(node) ?? new Map<string, string>();
        stats.set(reply.key, reply.utf8());
        fresh.set(node, stats);
      },
      // It has no slab classes then; the row says what is wrong.
      onFailure: (node) => fresh.set(node, new Map()),
    });
    this.#known = { ...this.#known, [group]: fresh satisfies ReadonlyMap<string, Stats> };
  }
}
