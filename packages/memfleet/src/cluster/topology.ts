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
 * A node with what the cluster holds for it. Nodes at one address (one server under several ring names) share pool and
 * health.
 */
export interface Member {
  readonly node: ClusterNode;
  readonly pool: Pool;
  readonly health: NodeHealth;
}

/** The nodes of a cluster at one moment; immutable. */
export interface Topology {
  /** Counts up with every change; 0 = none yet. */
  readonly revision: number;
  /** In the order of the list: what locators index. */
  readonly members: readonly Member[];
  /** One member of each address: what has connections, is healthy or not, and is asked once by what goes to all. */
  readonly places: readonly Member[];
  readonly locator: Locator;
  /** The index of the member that a command with a key is for; −1 = nobody has the key now. */
  readonly route: (command: Command) => number;
}

/** How commands find their members: by the locator, in the way that is shortest for it. */
export function routeBy(locator: Locator): (command: Command) => number {
  if (locator.route !== undefined) return (command) => locator.route!(command);
  return locator.size === 1 ? () => 0 : (command) => locator.locate(command.routingKey ?? command.key);
}

/**
 * The members of a new list. Compares by address: an address that is in both lists keeps what it has; `make` is called
 * once for each that is new.
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

/** Those of `places` whose address is in no place of `others`. */
export function placesWithout(places: readonly Member[], others: readonly Member[]): readonly Member[] {
  const pools = new Set(others.map(({ pool }) => pool));
  return places.filter(({ pool }) => !pools.has(pool));
}

/** Is it the list there is, in its order? Sources that look again and again find the same most of the time. */
export function isSameList(members: readonly Member[], nodes: readonly ClusterNode[]): boolean {
  return (
    members.length === nodes.length &&
    members.every(({ node: { name, id, weight } }, index) => {
      const other = nodes[index];
      return other !== undefined && name === other.name && id === other.id && weight === other.weight;
    })
  );
}
