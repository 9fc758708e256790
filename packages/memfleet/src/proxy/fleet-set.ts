/**
 * The fleets of a proxy, and what a new configuration makes of them.
 *
 *   same settings, same nodes     stays as it is
 *   same settings, other nodes    stays; the cluster takes the new list, nodes on both keep their connections
 *   other settings, or new        a new fleet
 *   not there any more            goes on for the commands that are on their way, then closes
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
  /** The longest time a command is on its way, in ms. */
  readonly timeout: number;
}

/** A node, to be asked by itself. */
export interface FleetNode {
  readonly node: string;
  /** It is ejected: it would not answer in time. */
  readonly isOut: boolean;
  readonly cluster: Cluster;
  /** How long an answer may take, in ms. */
  readonly timeout: number;
}

/**
 * Every route that a command may take one after the other has its own timeout; more than so many are not waited for.
 */
const routesInARow = 3;

/** The fleets of a proxy, across changes of its configuration. */
export class FleetSet {
  readonly #clock: Clock;
  readonly #listeners: ProxyListeners;
  #entries: ReadonlyMap<string, Entry> = new Map();
  /** Fleets that are not part of the configuration any more, and when they close. */
  readonly #leaving = new Map<Fleet, Timer>();

  constructor(clock: Clock, listeners: ProxyListeners) {
    this.#clock = clock;
    this.#listeners = listeners;
  }

  /** Takes the fleets of a new configuration, which was checked. */
  update(clusters: ReadonlyMap<string, ResolvedCluster>): void {
    const entries = new Map<string, Entry>();
    for (const [name, cluster] of clusters) entries.set(name, this.#keep(name, cluster) ?? this.#make(name, cluster));
    const kept = new Set([...entries.values()].map(({ fleet }) => fleet));
    const before = this.#entries;
    this.#entries = entries;
    for (const { fleet, timeout } of before.values()) if (!kept.has(fleet)) this.#retire(fleet, timeout);
  }

  /** Each by the name of its cluster. */
  routes(): ReadonlyMap<string, Route> {
    return new Map([...this.#entries].map(([name, { fleet }]) => [name, fleet.counters]));
  }

  stats(): Record<string, ClusterStats> {
    return Object.fromEntries([...this.#entries].map(([name, { fleet }]) => [name, fleet.cluster.stats()]));
  }

  /** The nodes of these clusters; a node that is in several comes once. */
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

  /** All there are, those that are leaving too, whose time is over now. */
  #all(): Fleet[] {
    for (const timer of this.#leaving.values()) timer.clear();
    return [...[...this.#entries.values()].map(({ fleet }) => fleet), ...this.#leaving.keys()];
  }

  /** The fleet that is there already, with the nodes of the new settings; undefined when it cannot be used. */
  #keep(name: string, { settings }: ResolvedCluster): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || !isSameFleet(entry.settings, settings)) return undefined;
    if (isDeepStrictEqual(entry.settings.nodes, settings.nodes)) return entry;
    const nodes = listOf(settings);
    if (nodes === undefined || listOf(entry.settings) === undefined) return undefined;
    entry.fleet.cluster.setNodes(nodes);
    return { ...entry, settings };
  }

  #make(name: string, { settings, fleet }: ResolvedCluster): Entry {
    return { settings, fleet: assemble(fleet, clusterEventsFor(this.#listeners, name)), timeout: fleet.timeout };
  }

  #retire(fleet: Fleet, timeout: number): void {
    const close = (): void => void fleet.dispatcher.close().then(() => this.#leaving.delete(fleet));
    this.#leaving.set(fleet, this.#clock.setTimer(timeout * routesInARow, close, false));
  }
}

/** The nodes, when they are a plain list. */
function listOf({ nodes, couchbase }: FleetSettings): readonly ClusterNode[] | undefined {
  // Of a bucket they are where the cluster is asked for its own list.
  if (nodes === undefined || typeof nodes === 'function' || couchbase !== undefined) return undefined;
  const entries = typeof nodes === 'string' ? nodes.split(/[,\s;]+/) : nodes;
  if (entries.some((entry) => typeof entry === 'string' && schemeOf(entry.trim()) !== undefined)) return undefined;
  return resolveNodes(nodes);
}
