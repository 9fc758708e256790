/**
 * A Couchbase-type cluster in this process, for development and tests.
 *
 *   SimulatedCluster ─┬─ SimulatedNode ─┬─ data port: sessions ─▶ BucketPart ─▶ VbucketCopy ─▶ ItemStore
 *                     │                 └─ REST port: documents and streams
 *                     ├─ SimulatedNode …
 *                     ├─ ClusterState: users, buckets with their maps, revision
 *                     └─ Mover: rebalance
 *
 * docs/testing.md lists what is modelled, and what is not.
 */
import { toByteString } from '../../base/bytes.ts';
import type { Timer } from '../../base/clock.ts';
import { InvalidArgumentError, MemcacheError } from '../../core/errors.ts';
import { crc32Libmemcached } from '../../hash/crc32.ts';
import type { Bucket } from './bucket.ts';
import { ClusterState } from './cluster-state.ts';
import { CollectionAdmin } from './collection-admin.ts';
import { bucketDocument, type Document } from './documents.ts';
import type { HeldItem } from './held-item.ts';
import { Mover, type RebalanceReport } from './mover.ts';
import type { FaultHook } from './node-fault.ts';
import { type ClusterOptions, resolveClusterOptions, type ResolvedClusterOptions } from './options.ts';
import { nobody, planMap, type Row } from './plan-map.ts';
import { type DataFront, SimulatedNode } from './simulated-node.ts';
import type { SimulatedClusterStats } from './stats.ts';
import type { ClusterTraits } from './traits.ts';

/** The changes of a rebalance. */
export interface RebalanceChange {
  /** The number of new nodes, or nodes made by `addNode`. Nodes that were added join in any case. */
  readonly add?: number | readonly SimulatedNode[] | undefined;
  /** Nodes that leave the map; they keep running, and refuse every command. */
  readonly remove?: readonly SimulatedNode[] | undefined;
}

const sweepPeriod = 1000;
/** The number of items that each sweep checks in each copy. */
const sweepLimit = 200;

/** A Couchbase-type cluster in this process, made by `createCluster`. */
export class SimulatedCluster {
  /**
   * Receives every request to any node; the returned fault replaces the normal reply. A node's own hook is called
   * first.
   */
  fault: FaultHook | undefined;
  readonly #options: ResolvedClusterOptions;
  readonly #state: ClusterState;
  readonly #mover: Mover;
  /** Every node that ever existed, by id. */
  readonly #nodes: SimulatedNode[] = [];
  /** Nodes made by `addNode` that are not in the map yet. */
  readonly #added = new Set<SimulatedNode>();
  #listening: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #sweep: Timer | undefined;
  #isRebalancing = false;
  readonly #frontOf: ((id: number) => DataFront) | undefined;

  /** `frontOf` makes what stands in front of the data port of a node. @default nothing */
  constructor(options: ResolvedClusterOptions, frontOf?: (id: number) => DataFront) {
    this.#options = options;
    this.#frontOf = frontOf;
    const isUp = (id: number): boolean => this.#nodes[id]?.isUp === true;
    this.#state = new ClusterState(options, (id) => this.#nodes[id]!.described, isUp);
    for (let id = 0; id < options.nodes; id++) this.#newNode();
    this.#mover = new Mover(this.#state, { isUp, name: (id) => this.#nodes[id]!.name });
    this.#state.members = this.#nodes.map((node) => node.id);
    for (const bucket of this.#state.buckets.values()) {
      const { vbuckets, replicas } = bucket.options;
      if (bucket.isMapped) bucket.begin(planMap([], this.#state.members, vbuckets, replicas));
    }
  }

  /** The features of the nodes; may be changed at any time. */
  get traits(): ClusterTraits {
    return this.#state.traits;
  }

  /** Every node that ever existed, in order of creation. */
  get allNodes(): readonly SimulatedNode[] {
    return this.#nodes;
  }

  /** The nodes in the map, in its order. */
  get nodes(): readonly SimulatedNode[] {
    return this.#state.members.map((id) => this.#nodes[id]!);
  }

  /** `couchbase://host:port,…` with the data ports of the nodes in the map that run. */
  get connectionString(): string {
    const running = this.nodes.filter((node) => node.isUp);
    return `couchbase://${running.map((node) => node.name).join(',')}`;
  }

  /** Valid credentials: those of the first user. */
  get credentials(): { readonly username: string; readonly password: string } {
    const [username = '', password = ''] = [...this.#options.users][0] ?? [];
    return { username, password };
  }

  /** `http://host:port` of the nodes in the map. */
  get restUrls(): readonly string[] {
    return this.nodes.map((node) => node.restUrl);
  }

  /** The revision of the map. */
  get rev(): number {
    return this.#state.rev;
  }

  /** Starts listening on all nodes. Idempotent. Rejects with a MemcacheError when a port is not available. */
  listen(): Promise<void> {
    this.#listening ??= this.#start();
    return this.#listening;
  }

  async #start(): Promise<void> {
    this.#check();
    try {
      for (const node of this.#nodes) await node.start();
    } catch (error) {
      await Promise.all(this.#nodes.map((node) => node.stop(true)));
      throw error;
    }
    this.#sweepLater();
  }

  /**
   * Makes a node that listens. It is in no map until the next `rebalance`. A node that was failed over or removed can
   * be added again.
   */
  async addNode(node: SimulatedNode = this.#newNode()): Promise<SimulatedNode> {
    this.#check();
    if (node.isMember) throw new InvalidArgumentError(`node ${node.name} is in the map already`);
    this.#added.add(node);
    await node.start();
    return node;
  }

  /**
   * Spreads the vBuckets evenly over the nodes, including the added ones, without the removed ones. Moves one vBucket
   * after the other while serving. Rejects when a node is or goes down; vBuckets that were moved stay moved.
   */
  async rebalance(change: RebalanceChange = {}): Promise<RebalanceReport> {
    this.#check();
    this.#claim();
    this.#isRebalancing = true;
    try {
      return await this.#rebalance(change);
    } finally {
      this.#isRebalancing = false;
    }
  }

  async #rebalance({ add = [], remove = [] }: RebalanceChange): Promise<RebalanceReport> {
    const leave = remove.map((node) => this.#member(node).id);
    const keep = this.#state.members.filter((id) => !leave.includes(id));
    if (typeof add === 'number') for (let made = 0; made < add; made++) await this.addNode();
    else for (const node of add) if (!this.#added.has(node)) await this.addNode(node);
    const added = [...this.#added];
    this.#added.clear();
    keep.push(...added.map((node) => node.id));
    if (keep.length === 0) throw new InvalidArgumentError('a cluster needs a node: not all can be removed');
    return this.#mover.rebalance(keep, leave);
  }

  /** Moves the active copy of one vBucket to a node of the map. `bucket`: its name. @default the first bucket */
  async moveVbucket(vbucket: number, to: SimulatedNode, bucket?: string): Promise<void> {
    this.#check();
    this.#claim();
    const found = this.#bucket(bucket);
    if (found.rows[vbucket] === undefined) throw new InvalidArgumentError(`there is no vBucket ${vbucket}`);
    await this.#mover.move(found, vbucket, this.#member(to).id);
  }

  /** Kills a node: its connections are reset, its ports refuse. It stays in the map. */
  killNode(node: SimulatedNode): Promise<void> {
    return node.stop(true);
  }

  /** Stops a node gracefully: its connections end. It stays in the map. */
  stopNode(node: SimulatedNode): Promise<void> {
    return node.stop(false);
  }

  /** Starts a node again, on its ports, with its items; its replicas catch up. */
  async startNode(node: SimulatedNode): Promise<void> {
    this.#check();
    await node.start();
    for (const bucket of this.#state.buckets.values()) bucket.resyncAll(node.id);
  }

  /**
   * Takes a node out of the map at once, whether it runs or not: replicas become the active copies. Without a replica
   * the vBucket has no node, and its items are lost.
   */
  failover(node: SimulatedNode): void {
    this.#check();
    const { id } = this.#member(node);
    if (this.#state.members.length === 1) throw new InvalidArgumentError('the last node cannot be failed over');
    for (const bucket of this.#state.buckets.values()) {
      this.#mover.moves += bucket.rows.filter((row) => row[0] === id).length;
      bucket.failOver(id);
    }
    this.#state.members = this.#state.members.filter((member) => member !== id);
    this.#state.publish();
  }

  /** The map: the id of the node with the active copy of each vBucket, then those of the replicas; −1 = no node. */
  map(bucket?: string): readonly Row[] {
    return this.#bucket(bucket).rows;
  }

  /** The vBucket of a key. */
  vbucketOf(key: string, bucket?: string): number {
    return crc32Libmemcached(toByteString(key)) % this.#bucket(bucket).options.vbuckets;
  }

  /** The node that has the active copy of a key's vBucket. */
  nodeOf(key: string, bucket?: string): SimulatedNode | undefined {
    const owner = this.#bucket(bucket).rows[this.vbucketOf(key, bucket)]?.[0] ?? nobody;
    return this.#nodes[owner];
  }

  /** The scopes and collections of a bucket, which can be changed. */
  collections(bucket?: string): CollectionAdmin {
    return new CollectionAdmin(this.#state, this.#bucket(bucket));
  }

  /** All copies of an item, those of nodes that do not run included. `collection`: `scope.name`. */
  inspect(key: string, bucket?: string, collection?: string): readonly HeldItem[] {
    const found = this.#bucket(bucket);
    const id = collection === undefined ? undefined : found.manifest.idOf(collection);
    return found.holders(this.vbucketOf(key, bucket), toByteString(key), id).map(({ node, copy, item }) => ({
      node: this.#nodes[node]!,
      state: copy.state,
      value: item === undefined ? undefined : Buffer.from(copy.collection(id).plainValue(item)),
      flags: item?.flags ?? 0,
      cas: item?.cas ?? 0n,
    }));
  }

  /** The document of a bucket as the node `from` returns it. */
  document(bucket?: string, from: SimulatedNode | undefined = this.nodes[0]): Document {
    return bucketDocument(this.#state.view, this.#bucket(bucket), from?.id ?? nobody);
  }

  /** Calls back whenever the map changed, with its revision, until the returned function is called. */
  onMapChange(listener: (rev: number) => void): () => void {
    return this.#state.onPublish(() => listener(this.#state.rev));
  }

  /** A snapshot. */
  stats(): SimulatedClusterStats {
    const { rev, isRebalancing } = this.#state;
    return { rev, isRebalancing, moves: this.#mover.moves, nodes: this.#nodes.map((node) => node.stats()) };
  }

  /** Ends all connections after the replies to earlier requests. Idempotent. */
  close(): Promise<void> {
    return this.#end(false);
  }

  /** Resets all connections. Resolves when all ports are free. Idempotent. */
  destroy(): Promise<void> {
    return this.#end(true);
  }

  /** `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(kill: boolean): Promise<void> {
    this.#sweep?.clear();
    this.#closed ??= this.#stopAll(kill);
    if (kill) await this.#stopAll(kill);
    await this.#closed;
  }

  async #stopAll(kill: boolean): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop(kill)));
  }

  #newNode(): SimulatedNode {
    const id = this.#nodes.length;
    const node = new SimulatedNode(id, this.#state, () => this.fault, this.#frontOf?.(id));
    this.#nodes.push(node);
    return node;
  }

  #bucket(name?: string): Bucket {
    const wanted = name ?? this.#options.buckets[0]!.name;
    const bucket = this.#state.buckets.get(wanted);
    if (bucket === undefined) throw new InvalidArgumentError(`there is no bucket ${JSON.stringify(wanted)}`);
    return bucket;
  }

  #member(node: SimulatedNode): SimulatedNode {
    if (!node.isMember) throw new InvalidArgumentError(`node ${node.name} is not in the map`);
    return node;
  }

  #check(): void {
    if (this.#closed !== undefined) throw new InvalidArgumentError('the cluster is closed');
  }

  #claim(): void {
    if (this.#isRebalancing) throw new MemcacheError('a rebalance is in progress');
  }

  #sweepLater(): void {
    const { clock } = this.#options;
    this.#sweep = clock.setTimer(
      sweepPeriod,
      () => {
        for (const bucket of this.#state.buckets.values()) bucket.sweep(sweepLimit);
        this.#sweepLater();
      },
      false,
    );
  }
}

/**
 * Makes a Couchbase-type cluster in this process: data ports, REST ports, vBuckets, replicas, rebalance.
 * docs/testing.md lists what is modelled, and what is not. Throws InvalidOptionError.
 *
 * @example
 * const cluster = createCluster({ nodes: 3, replicas: 1, vbuckets: 64 });
 * await cluster.listen();
 * // … a client of cluster.connectionString with cluster.credentials …
 * await cluster.rebalance({ add: 1 });
 * await cluster.close();
 */
export function createCluster(options: ClusterOptions = {}): SimulatedCluster {
  return new SimulatedCluster(resolveClusterOptions(options));
}
