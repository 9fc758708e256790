/**
 * The current view of the nodes: an immutable value. A change builds a new one and swaps it; nodes that are in both
 * keep their member, and with it their pool, connections and health.
 */
import type { Command } from '../core/command.ts';
import type { Pool } from '../pool/pool.ts';
import type { Locator } from './locator/locator.ts';
import type { NodeHealth } from './node-health.ts';
import type { ClusterNode } from './node-spec.ts';

/**
 * A node with its pool and health. Nodes at one address (one server under several ring names) share both.
 */
export interface Member {
  readonly node: ClusterNode;
  readonly pool: Pool;
  readonly health: NodeHealth;
}

/** The nodes of a cluster at one moment; immutable. */
export interface Topology {
  /** Incremented with every change; 0 = no list yet. */
  readonly revision: number;
  /** In the order of the list, which is the order of locator indexes. */
  readonly members: readonly Member[];
  /** One member of each address: the unit of connections and of health. A command to all nodes goes to each once. */
  readonly places: readonly Member[];
  readonly locator: Locator;
  /** The index of the member for a command with a key; −1 = no node has the key now. */
  readonly route: (command: Command) => number;
}

/** Makes the function that finds the member of a command, by the shortest path that the locator offers. */
export function routeBy(locator: Locator): (command: Command) => number {
  if (locator.route !== undefined) return (command) => locator.route!(command);
  return locator.size === 1 ? () => 0 : (command) => locator.locate(command.routingKey ?? command.key);
}

/**
 * The members of a new list. Compares by address: an address in both lists keeps its pool and health; `make` is called
 * once for each new address.
 */
export function membersOf(
  before: readonly Member[],
  nodes: readonly ClusterNode[],
  make: (node: ClusterNode) => Member,
): readonly Member[] {
  const byName = new Map(before.map((member) => [member.node.name, member]));
  return nodes.map((node) => {
    const member = byName.get(node.name) ?? make(node);
    byName.set(node.name, member);
    return { ...member, node };
  });
}

/** The first member of each address. */
export function placesOf(members: readonly Member[]): readonly Member[] {
  const pools = new Set<Pool>();
  return members.filter(({ pool }) => !pools.has(pool) && pools.add(pool));
}

/** The `places` whose address is not in `others`. */
export function placesWithout(places: readonly Member[], others: readonly Member[]): readonly Member[] {
  const pools = new Set(others.map(({ pool }) => pool));
  return places.filter(({ pool }) => !pools.has(pool));
}

/** Whether it is the current list, in the same order. Polling sources mostly find the same list. */
export function isSameList(members: readonly Member[], nodes: readonly ClusterNode[]): boolean {
  return (
    members.length === nodes.length &&
    members.every(({ node: { name, id, weight } }, index) => {
      const other = nodes[index];
      return other !== undefined && name === other.name && id === other.id && weight === other.weight;
    })
  );
}
