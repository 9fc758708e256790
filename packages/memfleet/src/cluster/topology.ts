/**
 * The current view of the nodes: an immutable value. A change builds a new one and swaps it; nodes that are in both keep their member, and with it their
 * pool, connections and health.
 */
import type { Command } from '../command.ts';
import type { Pool } from '../pool/pool.ts';
import type { Locator } from './locator/locator.ts';
import type { NodeHealth } from './node-health.ts';
import type { ClusterNode } from './node-spec.ts';

/** A node with what the cluster holds for it. */
export interface Member {
  readonly node: ClusterNode;
  readonly pool: Pool;
  readonly health: NodeHealth;
}

/** See the head of this file. */
export interface Topology {
  /** Counts up with every change; 0 = none yet. */
  readonly revision: number;
  /** In the order of the list: what locators index. */
  readonly members: readonly Member[];
  readonly locator: Locator;
  /** The index of the member that a command with a key is for; −1 = nobody has the key now. */
  readonly route: (command: Command) => number;
}

/** How commands find their members: by the locator, in the way that is shortest for it. */
export function routeBy(locator: Locator): (command: Command) => number {
  if (locator.route !== undefined) return (command) => locator.route!(command);
  return locator.size === 1 ? () => 0 : (command) => locator.locate(command.routingKey ?? command.key);
}

/** What a change of the node list means. */
export interface TopologyDiff {
  readonly kept: ReadonlyMap<string, Member>;
  readonly added: readonly ClusterNode[];
  readonly removed: readonly Member[];
}

/** Compares by address: a node whose address is in both lists keeps its member. */
export function diffTopology(members: readonly Member[], nodes: readonly ClusterNode[]): TopologyDiff {
  const names = new Set(nodes.map((node) => node.name));
  const kept = new Map(
    members.filter((member) => names.has(member.node.name)).map((member) => [member.node.name, member]),
  );
  return {
    kept,
    added: nodes.filter((node) => !kept.has(node.name)),
    removed: members.filter((member) => !names.has(member.node.name)),
  };
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
