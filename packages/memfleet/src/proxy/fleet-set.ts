/**
 * The fleets of a proxy, and the effect of a new configuration on them.
 *
 *   same settings, same nodes     unchanged
 *   same settings, other nodes    stays; the cluster takes the new list, nodes on both keep their connections
 *   other settings, or new        a new fleet
 *   removed                       continues for the commands in flight, then closes
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Timer } from '../base/clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { resolveNodes } from '../cluster/discovery/node-list.ts';
import { type ClusterNode, schemeOf } from '../cluster/node-spec.ts';
import type { ClusterStats } from '../cluster/stats.ts';
import { assemble, type Fleet } from '../fleet/assemble.ts';
import type { FleetSettings } from '../fleet/options.ts';
import { clusterEventsFor, type ProxyListeners } from './events.ts';
import { isSameFleet, type ResolvedCluster } from './options/resolve.ts';
import type { Route } from './routes/route.ts';

interface Entry {
  readonly settings: FleetSettings;
  readonly fleet: Fleet;
  /** The fleet as its clients see it: in the collection that it is configured for. */
  readonly route: Route;
  /** The longest time that a command is in flight, in ms. */
  readonly timeout: number;
}

/** A node, for requests to it alone. */
export interface FleetNode {
  readonly node: string;
  /** Whether the node is ejected, so that it would not reply in time. */
  readonly isOut: boolean;
  readonly cluster: Cluster;
  /** The time limit of a reply, in ms. */
  readonly timeout: number;
}

/**
 * A command may take several routes one after the other, each with a timeout of its own. A fleet that leaves waits for
 * this many timeouts.
 */
const routesInARow = 3;

/** The fleets of a proxy, across changes of its configuration. */
export class FleetSet {
  readonly #clock: Clock;
  readonly #listeners: ProxyListeners;
  #entries: ReadonlyMap<string, Entry> = new Map();
  /** Fleets that are no longer part of the configuration, and the timer that closes each. */
  readonly #leaving = new Map<Fleet, Timer>();

  constructor(clock: Clock, listeners: ProxyListeners) {
    this.#clock = clock;
    this.#listeners = listeners;
  }

  /** Applies the fleets of a new, checked configuration. */
  update(clusters: ReadonlyMap<string, ResolvedCluster>): void {
    const entries = new Map<string, Entry>();
    for (const [name, cluster] of clusters) entries.set(name, this.#keep(name, cluster) ?? this.#make(name, cluster));
    const kept = new Set([...entries.values()].map(({ fleet }) => fleet));
    const before = this.#entries;
    this.#entries = entries;
    for (const { fleet, timeout } of before.values()) if (!kept.has(fleet)) this.#retire(fleet, timeout);
  }

  /** The fleets by the name of their cluster. */
  routes(): ReadonlyMap<string, Route> {
    return new Map([...this.#entries].map(([name, { route }]) => [name, route]));
  }

  stats(): Record<string, ClusterStats> {
    return Object.fromEntries([...this.#entries].map(([name, { fleet }]) => [name, fleet.cluster.stats()]));
  }

  /** The nodes of these clusters; a node of several clusters occurs once. */
  nodesOf(names: Iterable<string>): readonly FleetNode[] {
    const nodes = new Map<string, FleetNode>();
    for (const name of names) {
      const entry = this.#entries.get(name);
      if (entry === undefined) continue;
      const { cluster } = entry.fleet;
      for (const { node, state } of cluster.stats().nodes)
        if (!nodes.has(node))
          nodes.set(node, { node, isOut: state === 'ejected' || state === 'probing', cluster, timeout: entry.timeout });
    }
    return [...nodes.values()];
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((fleet) => fleet.dispatcher.close()));
  }

  destroy(): void {
    for (const fleet of this.#all()) fleet.dispatcher.destroy();
  }

  /** All fleets, including those that are closing, whose grace period ends now. */
  #all(): Fleet[] {
    for (const timer of this.#leaving.values()) timer.clear();
    return [...[...this.#entries.values()].map(({ fleet }) => fleet), ...this.#leaving.keys()];
  }

  /** The existing fleet, with the nodes of the new settings; undefined when it cannot be used. */
  #keep(name: string, { settings }: ResolvedCluster): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || !isSameFleet(entry.settings, settings)) return undefined;
    if (isDeepStrictEqual(entry.settings.nodes, settings.nodes)) return entry;
    const nodes = listOf(settings);
    if (nodes === undefined || listOf(entry.settings) === undefined) return undefined;
    entry.fleet.cluster.setNodes(nodes);
    return { ...entry, settings };
  }

  #make(name: string, { settings, fleet: options }: ResolvedCluster): Entry {
    const fleet = assemble(options, clusterEventsFor(this.#listeners, name));
    const route = fleet.collections?.within(fleet.counters) ?? fleet.counters;
    return { settings, fleet, route, timeout: options.timeout };
  }

  #retire(fleet: Fleet, timeout: number): void {
    const close = (): void => void fleet.dispatcher.close().then(() => this.#leaving.delete(fleet));
    this.#leaving.set(fleet, this.#clock.setTimer(timeout * routesInARow, close, false));
  }
}

/** The nodes, if they are a plain list. */
function listOf({ nodes, couchbase }: FleetSettings): readonly ClusterNode[] | undefined {
  // The nodes of a bucket are only the addresses from which the cluster's own list is requested.
  if (nodes === undefined || typeof nodes === 'function' || couchbase !== undefined) return undefined;
  const entries = typeof nodes === 'string' ? nodes.split(/[,\s;]+/) : nodes;
  if (entries.some((entry) => typeof entry === 'string' && schemeOf(entry.trim()) !== undefined)) return undefined;
  return resolveNodes(nodes);
}
