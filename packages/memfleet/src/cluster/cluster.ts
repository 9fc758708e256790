/**
 * Many nodes behind one dispatcher.
 *
 *   dispatch ─ one key ──▶ locator ─▶ member ─ usable ──▶ pool
 *          │                            └ ejected ─▶ failure mode: redistribute (next node) │ fail │ miss
 *          ├ many keys ──▶ scatter by member ─▶ pools ─▶ gather
 *          ├ no key ─────▶ every member ─────▶ pools ─▶ gather
 *          └ no topology yet ─▶ waiting
 *
 * Health: pools report, NodeHealth counts, the cluster ejects (never more than a share of the nodes), one probe
 * readmits. When every node is ejected, ejections are ignored: no other node could serve. Retries are not known here.
 */
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { type MemcacheError, NoNodesError } from '../core/errors.ts';
import { Reply } from '../core/reply.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { channels, type TopologyMessage } from '../observe/channels.ts';
import type { PoolEvents } from '../pool/pool-events.ts';
import type { Pool } from '../pool/pool.ts';
import { closedError, ejectedError, noNodesYetError, unownedError, waitNoMoreError } from './cluster-errors.ts';
import type { ConfigSource, Layout } from './config-source.ts';
import { Gather } from './gather.ts';
import { HealthKeeper } from './health-keeper.ts';
import type { Locator } from './locator/locator.ts';
import type { HealthOptions } from './node-health.ts';
import type { ClusterNode } from './node-spec.ts';
import { addTo, dispatchPieces, piecesOf } from './pieces.ts';
import { type ClusterStats, nodeStats, type NodeStats } from './stats.ts';
import { isSameList, type Member, membersOf, placesOf, placesWithout, routeBy, type Topology } from './topology.ts';

/**
 * The treatment of the keys of an ejected node. `redistribute`: the next node of the locator serves them. `fail`:
 * NodeEjectedError. `miss`: every key is a miss.
 */
export type FailureMode = 'redistribute' | 'fail' | 'miss';

/** The events of a cluster for its owner, beside the diagnostics channels. */
export interface ClusterEvents {
  onEject(node: string, error: MemcacheError, duration: number): void;
  onReadmit(node: string, duration: number): void;
  onConnect(node: string): void;
  onDisconnect(node: string, error: MemcacheError | undefined): void;
  onTopology(nodes: readonly string[], revision: number, change: TopologyMessage): void;
  /** The node list could not be determined; the previous one stays. */
  onSourceError(error: MemcacheError): void;
}

/** The options of a cluster. */
export interface ClusterOptions {
  readonly clock: Clock;
  readonly source: ConfigSource;
  /** Makes the locator of a node list; `layout` is the source's knowledge of the keys. */
  readonly createLocator: (nodes: readonly ClusterNode[], layout?: Layout) => Locator;
  /** Makes the pool of a node. */
  readonly createPool: (node: ClusterNode, events: PoolEvents) => Pool;
  readonly health: HealthOptions;
  /** The share of the nodes that may be ejected at once, rounded up. */
  readonly ejectShare: number;
  readonly failure: FailureMode;
  /** The number of commands that may wait for the first node list. */
  readonly maxWaiting: number;
  readonly events: ClusterEvents;
  readonly random?: (() => number) | undefined;
}

/** The node that serves a command. */
export type ServingNode = Pick<NodeStats, 'node' | 'protocol' | 'epoch'>;

const noLocator: Locator = { size: 0, locate: () => -1, locateNext: () => -1 };

/** Dispatches commands to the nodes that own their keys, and gathers the replies. */
export class Cluster implements Dispatcher {
  readonly #options: ClusterOptions;
  readonly #health: HealthKeeper;
  readonly #waiting: WaitQueue;
  #topology: Topology = { revision: 0, members: [], places: [], locator: noLocator, route: () => -1 };
  #state: 'open' | 'closing' | 'closed' = 'open';
  #layout: Layout | undefined;
  #sourceError: MemcacheError | undefined;
  /** The pools of removed nodes, which finish their commands, with the names of the nodes. */
  readonly #draining = new Map<Pool, string>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#health = new HealthKeeper(options, () => this.#topology.places);
    this.#waiting = new WaitQueue(options.clock, () => noNodesYetError(this.#sourceError));
    options.source.start({
      onNodes: (nodes, layout) => this.setNodes(nodes, layout),
      onError: (error) => this.#sourceFailed(error),
    });
  }

  dispatch(command: Command, handler: Handler): void {
    const { members, route } = this.#topology;
    if (command.key === '' || members.length === 0) {
      this.#dispatchOther(command, handler);
      return;
    }
    const member = members[route(command)];
    if (member === undefined) handler.onError(unownedError(command));
    else if (member.health.isUsable) member.pool.dispatch(command, handler);
    else this.#dispatchEjected(member, command, handler);
  }

  /** Whether it accepts commands: neither `close` nor `destroy` was called. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** The commands that the node of this name has received, or will, and has not replied to. */
  *inFlight(node: string): Iterable<Command> {
    const member = this.#topology.members.find((candidate) => candidate.node.name === node);
    if (member !== undefined) yield* member.pool.commands();
    for (const [pool, name] of this.#draining) if (name === node) yield* pool.commands();
  }

  /**
   * Dispatches to the node of this name, ejected or not. False: there is no such node, and the handler is not called.
   */
  dispatchTo(node: string, command: Command, handler: Handler): boolean {
    const member = this.#topology.members.find((candidate) => candidate.node.name === node);
    member?.pool.dispatch(command, handler);
    return member !== undefined;
  }

  /**
   * The same on a connection of its own, which is closed after the reply. Returns a function that ends the call at
   * once; undefined = there is no such node.
   */
  dispatchAlone(node: string, command: Command, handler: Handler): ((error: MemcacheError) => void) | undefined {
    return this.#topology.members.find((member) => member.node.name === node)?.pool.dispatchAlone(command, handler);
  }

  /**
   * Changes the node list. Nodes that are in both lists keep their connections; removed nodes finish their commands in
   * flight. An empty list is refused.
   */
  setNodes(nodes: readonly ClusterNode[], layout?: Layout): void {
    if (this.#state !== 'open') return;
    if (nodes.length === 0) throw new NoNodesError('the node list is empty; the previous list stays');
    const before = this.#topology;
    if (layout === undefined && isSameList(before.members, nodes)) return;
    const locator = this.#options.createLocator(nodes, layout);
    const members = membersOf(before.members, nodes, (node) => this.#member(node));
    const places = placesOf(members);
    const removed = placesWithout(before.places, places);
    const revision = before.revision + 1;
    this.#topology = { revision, members, places, locator, route: routeBy(locator) };
    for (const member of removed) this.#drain(member);
    const names = namesOf(places);
    const change: TopologyMessage = {
      revision,
      nodes: names,
      added: namesOf(placesWithout(places, before.places)),
      removed: namesOf(removed),
      movedVbuckets: layout?.movedFrom(this.#layout) ?? 0,
    };
    this.#layout = layout;
    channels.topology.publish(change);
    this.#options.events.onTopology(names, revision, change);
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift())
      this.dispatch(entry.command, entry.handler);
  }

  /** The nodes, in the order of the list; an address occurs once for each of its ring names. */
  get nodes(): readonly ClusterNode[] {
    return this.#topology.members.map((member) => member.node);
  }

  /** The node that the locator selects for a key (a byte string), ejected or not; undefined without nodes. */
  locate(key: string): ClusterNode | undefined {
    return this.#topology.members[this.#topology.locator.locate(key)]?.node;
  }

  /**
   * The node that would execute the command now: the owner of its key, or the substitute; undefined = no node would.
   * Not a snapshot of all its statistics: a cache asks for it with every load.
   */
  serving(command: Command): ServingNode | undefined {
    const owner = this.#topology.members[this.#topology.route(command)];
    if (owner === undefined) return undefined;
    const member = owner.health.isUsable ? owner : this.#substitute(owner, command, command.key);
    return member && { node: member.node.name, ...member.pool.identity };
  }

  /** Makes the minimum of connections to every node. */
  warmUp(): void {
    for (const member of this.#topology.places) member.pool.warmUp();
  }

  /** A snapshot, in which every address occurs once. */
  stats(): ClusterStats {
    return { revision: this.#topology.revision, nodes: nodeStats(this.#topology) };
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#options.source.stop();
      this.#health.stop();
      this.#waiting.failAll(closedError());
    }
    await Promise.all([
      ...this.#topology.places.map((member) => member.pool.close()),
      ...[...this.#draining.keys()].map((pool) => pool.close()),
    ]);
    this.#state = 'closed';
  }

  destroy(error: MemcacheError = closedError()): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#options.source.stop();
    this.#health.stop();
    this.#waiting.failAll(error);
    for (const member of this.#topology.places) member.pool.destroy(error);
    for (const pool of this.#draining.keys()) pool.destroy(error);
  }

  #sourceFailed(error: MemcacheError): void {
    this.#sourceError = error;
    this.#options.events.onSourceError(error);
    if (this.#topology.members.length === 0) this.#waiting.failAll(error);
  }

  #dispatchOther(command: Command, handler: Handler): void {
    if (this.#state !== 'open') handler.onError(closedError());
    else if (this.#topology.members.length === 0) this.#wait(command, handler);
    else if (command.keys !== undefined) this.#scatter(command, command.keys, handler);
    else this.#broadcast(command, handler);
  }

  #wait(command: Command, handler: Handler): void {
    if (this.#waiting.hasRoom(this.#options.maxWaiting)) this.#waiting.push(command, handler, Infinity);
    else handler.onError(waitNoMoreError(command, this.#waiting.length));
  }

  #dispatchEjected(owner: Member, command: Command, handler: Handler): void {
    const member = this.#substitute(owner, command, command.key);
    if (member !== undefined) member.pool.dispatch(command, handler);
    else if (this.#options.failure === 'miss' && !command.ownerOnly) handler.onReply(missFor(command, owner.node.name));
    else handler.onError(ejectedError(owner, command));
  }

  /** The member that serves the key of an ejected node, if any. */
  #substitute(owner: Member, { ownerOnly, routingKey }: Command, key: string): Member | undefined {
    const { members, locator } = this.#topology;
    // All nodes are ejected: the owner is tried.
    if (!members.some((member) => member.health.isUsable)) return owner;
    if (this.#options.failure !== 'redistribute' || ownerOnly) return undefined;
    const next = locator.locateNext(routingKey ?? key, (index) => members[index]?.health.isUsable !== true);
    return members[next];
  }

  #scatter(command: Command, keys: readonly string[], handler: Handler): void {
    const { members, locator } = this.#topology;
    const only = members.length === 1 ? members[0] : undefined;
    if (only?.health.isUsable === true && keys.length > 0) {
      const pieces = piecesOf(keys, only.pool);
      dispatchPieces(command, pieces, new Gather(handler, pieces.length));
      return;
    }
    const parts = new Map<Pool, string[]>();
    const ejected = new Map<Member, string[]>();
    const unowned: string[] = [];
    for (const key of keys) {
      const owner = members[members.length === 1 ? 0 : locator.locate(command.routingKey ?? key)];
      if (owner === undefined) {
        unowned.push(key);
        continue;
      }
      const member = owner.health.isUsable ? owner : this.#substitute(owner, command, key);
      if (member === undefined) addTo(ejected, owner, key);
      else addTo(parts, member.pool, key);
    }
    const pieces = [...parts].flatMap(([pool, list]) => piecesOf(list, pool));
    const count = pieces.length + ejected.size + (unowned.length > 0 ? 1 : 0);
    if (count === 0) handler.onReply(new Reply().reset('ok', 'end'));
    const gather = new Gather(handler, count);
    dispatchPieces(command, pieces, gather);
    if (unowned.length > 0) gather.part(unowned).onError(unownedError(command));
    for (const [member, list] of ejected) {
      if (this.#options.failure === 'miss' && !command.ownerOnly) gather.skip();
      else gather.part(list).onError(ejectedError(member, command));
    }
  }

  #broadcast(command: Command, handler: Handler): void {
    const { places } = this.#topology;
    const gather = new Gather(handler, places.length);
    for (const member of places) member.pool.dispatch(command, gather.part([]));
  }

  #member(node: ClusterNode): Member {
    const health = this.#health.create();
    const { events } = this.#options;
    const pool = this.#options.createPool(node, {
      onConnect: () => events.onConnect(node.name),
      onDisconnect: (error) => events.onDisconnect(node.name, error),
      onFailure: (error, replies) => this.#health.onFailure(health, pool, error, replies),
    });
    return { node, pool, health };
  }

  #drain(member: Member): void {
    this.#health.forget(member.health);
    this.#draining.set(member.pool, member.node.name);
    void member.pool.close().then(() => this.#draining.delete(member.pool));
  }
}

function namesOf(members: readonly Member[]): readonly string[] {
  return members.map(({ node }) => node.name);
}

/** The reply of a node that does not have the key. */
function missFor(command: Command, node: string): Reply {
  const reply = new Reply();
  reply.node = node;
  return reply.reset(command.verb === 'store' ? 'notStored' : 'miss');
}
