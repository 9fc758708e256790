/**
 * The current knowledge of the node of each vBucket.
 *
 *   map from the source ─▶ createLocator ─▶ locator ─▶ cluster
 *   refusal: newer map with it? ─ yes ▶ source ▶ (a new locator)     ┐
 *            the map names another node, or the forward map does     ┴▶ `again`
 *            else the next server is tried, and the map requested ▶ `later`
 */
import type { Clock } from '../base/clock.ts';
import type { Layout } from '../cluster/config-source.ts';
import type { Locator } from '../cluster/locator/locator.ts';
import { createLocator } from '../cluster/locator/registry.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import type { Command } from '../core/command.ts';
import type { Reply } from '../core/reply.ts';
import { serverOpcode } from '../protocol/binary/couchbase-opcodes.ts';
import { BucketLayout } from './bucket-layout.ts';
import { nodesAreGiven } from './check-options.ts';
import type { ConfigPoller } from './config-poller.ts';
import { type InFlight, MovedKeys } from './moved-keys.ts';
import { decodeRevision } from './revision.ts';
import { VbucketLocator } from './vbucket-locator.ts';

/** The outcome of a refusal: another node is known (`again`, at once), or nothing new is (`later`). */
export type Rerouted = 'again' | 'later';

/** Routes by vBucket, and learns from refusals. */
export class VbucketRouter {
  readonly #source: ConfigPoller;
  #locator: VbucketLocator | undefined;
  #nodes: readonly ClusterNode[] = [];

  #moved: MovedKeys | undefined;
  /** The server group whose nodes are near; undefined = no node is nearer than another. */
  readonly #group: string | undefined;

  constructor(source: ConfigPoller, group?: string) {
    this.#source = source;
    this.#group = group;
  }

  /** Gives it the commands in flight, so that it can tell which later ones must wait. */
  connect(inFlight: InFlight, clock: Clock): void {
    this.#moved = new MovedKeys(inFlight, clock);
  }

  /**
   * Called when a node does not know the collection id of a command: it refuses the others in flight as well.
   * `isForgotten`: the id was known until now, and all nodes have commands in flight with it.
   */
  outdated(command: Command, node: string, isForgotten: boolean): void {
    this.#moved?.refused(command, node);
    const path = command.collection?.path;
    const nodes = isForgotten ? new Set([node, ...this.#nodes.map(({ name }) => name)]) : [node];
    for (const each of nodes) this.#moved?.note(each, (other) => (other.collection?.path === path ? undefined : each));
  }

  /** Whether the command must wait for an earlier one of its key, which a node will refuse. */
  holds(command: Command): boolean {
    return this.#moved?.holds(command) === true;
  }

  /** The number of replicas of each vBucket. */
  get replicas(): number {
    return this.#locator?.map.replicas ?? 0;
  }

  /** The copies of a key on near nodes, as `Command.replica` names them. */
  nearCopies(key: string): readonly number[] {
    return this.#locator?.nearCopies(key) ?? [];
  }

  /** Whether it is a memcached-type bucket, which has no vBuckets. False before the first map. */
  get isSingle(): boolean {
    return this.#locator === undefined && this.#nodes.length > 0;
  }

  /** The number of vBuckets; 0 before the first map, and for a memcached-type bucket. */
  get vbuckets(): number {
    return this.#locator?.map.count ?? 0;
  }

  /** The name of the node of a vBucket's active copy; undefined = no node is known to have it. */
  nodeOf(vbucket: number): string | undefined {
    return this.#nodes[this.#locator?.ownerOf(vbucket) ?? -1]?.name;
  }

  /** The number of nodes. */
  get nodes(): number {
    return this.#nodes.length;
  }

  /** The locator of a configuration, for the cluster. */
  createLocator(nodes: readonly ClusterNode[], layout: Layout | undefined): Locator {
    if (!(layout instanceof BucketLayout)) throw nodesAreGiven();
    // A node that is not in the list any more may still have commands in flight.
    const names = new Set([...this.#nodes, ...nodes].map(({ name }) => name));
    this.#nodes = nodes;
    const { map } = layout.config;
    const group = this.#group;
    const isNear = group === undefined ? undefined : (server: number): boolean => nodes[server]?.group === group;
    this.#locator = map === undefined ? undefined : new VbucketLocator(map, nodes.length, isNear);
    if (this.#locator !== undefined) for (const name of names) this.#noteMoves(name, this.#locator);
    return this.#locator ?? createLocator('couchbase-ketama', nodes);
  }

  /** Called when a node replied NOT_MY_VBUCKET. `reply` is valid only during the call. */
  refused(command: Command, reply: Reply): Rerouted {
    const { node } = reply;
    this.#moved?.refused(command, node);
    const text = reply.utf8();
    if (text.startsWith('{')) this.#source.offer(text, hostOf(node));
    const locator = this.#locator;
    if (locator !== undefined) {
      const wrong = this.#nodes.findIndex((candidate) => candidate.name === node);
      const vbucket = command.key === '' ? command.vbucket : locator.map.vbucketOf(command.key);
      const owner = locator.ownerOf(vbucket);
      const outcome = locator.learn(vbucket, wrong);
      if (locator.ownerOf(vbucket) !== owner) this.#noteMoves(node, locator);
      if (outcome === 'known') return 'again';
    }
    this.#source.refresh();
    return 'later';
  }

  #noteMoves(node: string, locator: VbucketLocator): void {
    this.#moved?.note(node, ({ key }) => this.#nodes[locator.locate(key)]?.name);
  }

  /** Called when the configuration may be old: a node is gone, a vBucket has no owner. */
  refresh(): void {
    this.#source.refresh();
  }

  /** Called with a notification of a node. */
  onPush(reply: Reply): void {
    if (reply.opcode !== serverOpcode.clustermapChange) return;
    if (!reply.hasValue || reply.length === 0) this.#source.announced(decodeRevision(reply.extras), reply.node);
    else this.#source.offer(reply.utf8(), hostOf(reply.node));
  }
}

/** `host:port`, `[v6]:port` → host. */
function hostOf(node: string): string {
  return node.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
