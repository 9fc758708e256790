/** How many items each node of a target would receive. */
import type { Fleet } from '../fleet/fleet.ts';

/** Counts the items of one plan. */
export class NodeShares {
  readonly #fleet: Fleet;
  readonly #items = new Map<string, number>();

  private constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Rejects when the nodes of the fleet are not known. */
  static async of(fleet: Fleet): Promise<NodeShares> {
    await fleet.client.version();
    return new NodeShares(fleet);
  }

  count(key: Uint8Array): void {
    const node = this.#fleet.client.items.nodeOf(key)?.node ?? 'no node';
    this.#items.set(node, (this.#items.get(node) ?? 0) + 1);
  }

  /** In the order of the fleet's nodes. */
  list(): readonly (readonly [node: string, items: number])[] {
    return this.#fleet.inOrder(this.#items);
  }
}
