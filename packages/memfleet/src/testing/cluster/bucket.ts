/**
 * A bucket: its map, and the copies of its vBuckets on every node.
 *
 *   rows[vbucket] = [ active │ replica … ]          the map for clients
 *   part(node).copy(vbucket)                        the copy on the node: state and items
 *
 * Between two turns of the event loop both agree: the copy that the row names first is the only active one.
 */
import type { Item } from '../../store/item.ts';
import type { CollectionCopy, CopySettings } from './collection-copy.ts';
import { Manifest } from './manifest.ts';
import type { ResolvedBucketOptions } from './options.ts';
import { nobody, type Row } from './plan-map.ts';
import { type Change, Replication } from './replication.ts';
import { VbucketCopy } from './vbucket-copy.ts';

/** The cluster as a bucket sees it. */
export interface BucketSettings extends CopySettings {
  /** Whether the node runs. A stopped node accepts no replica traffic. */
  readonly isUp: (node: number) => boolean;
  /** Returns the next cas of the cluster. */
  readonly nextCas: () => bigint;
  /** How long changes are on their way to replicas, in ms. */
  readonly replicaLag: number;
}

/** How an item was changed. */
export interface ChangeTerms {
  /** Without it the item keeps its extended attributes. */
  readonly attributes?: NewAttributes | undefined;
  /** Whether replicas have the change before the reply. */
  readonly isDurable?: boolean | undefined;
}

/** The extended attributes that a write gives its item, made of its cas and sequence number; undefined = none. */
export type NewAttributes = (cas: bigint, seqno: number) => string | undefined;

/** The part of a bucket on one node. */
export class BucketPart {
  readonly bucket: Bucket;
  readonly node: number;
  /** A memcached-type bucket has one copy for all keys. */
  readonly #single: VbucketCopy | undefined;
  readonly #copies = new Map<number, VbucketCopy>();

  constructor(bucket: Bucket, node: number, single: VbucketCopy | undefined) {
    this.bucket = bucket;
    this.node = node;
    this.#single = single;
  }

  /** Its copy of a vBucket; undefined = none. */
  copy(vbucket: number): VbucketCopy | undefined {
    return this.#single ?? this.#copies.get(vbucket);
  }

  /** The copies by vBucket; a memcached-type bucket has one, as number 0. */
  get copies(): ReadonlyMap<number, VbucketCopy> {
    return this.#single === undefined ? this.#copies : new Map([[0, this.#single]]);
  }

  set(vbucket: number, copy: VbucketCopy): void {
    this.#copies.set(vbucket, copy);
  }

  /** Deletes its copy; commands that wait for it are refused. */
  drop(vbucket: number): void {
    const copy = this.#copies.get(vbucket);
    if (copy === undefined) return;
    this.#copies.delete(vbucket);
    copy.become('dead');
    copy.release();
  }
}

/** A bucket of a simulated cluster: its map, and the copies of its vBuckets on every node. */
export class Bucket {
  readonly options: ResolvedBucketOptions;
  /** Another bucket of the same name has another one. */
  readonly uuid: string;
  /** Its scopes and collections. */
  readonly manifest: Manifest = new Manifest();
  /** The map at the end of the rebalance in progress. */
  forward: readonly Row[] | undefined;
  readonly #settings: BucketSettings;
  readonly #parts = new Map<number, BucketPart>();
  readonly #replication: Replication;
  #rows: Row[] = [];

  constructor(options: ResolvedBucketOptions, settings: BucketSettings) {
    this.options = options;
    this.#settings = settings;
    this.uuid = settings.randomBytes(16).toString('hex');
    this.#replication = new Replication(settings.clock, settings.replicaLag, (change) => this.#replicate(change));
  }

  get name(): string {
    return this.options.name;
  }

  /** Whether it has vBuckets, and so a map. */
  get isMapped(): boolean {
    return this.options.type === 'couchbase';
  }

  /** Empty for a memcached-type bucket. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** The part of the bucket on a node. */
  part(node: number): BucketPart {
    let part = this.#parts.get(node);
    if (part === undefined) {
      part = new BucketPart(this, node, this.isMapped ? undefined : this.#newCopy('active'));
      this.#parts.set(node, part);
    }
    return part;
  }

  /** Sets the first map: every copy exists, and is empty. */
  begin(rows: readonly Row[]): void {
    this.#rows = [...rows];
    for (const [vbucket, row] of rows.entries())
      for (const [copy, node] of row.entries()) if (node !== nobody) this.#hold(node, vbucket, copy === 0);
  }

  /** Prepares a node for a vBucket: its commands wait there from now on. */
  prepare(vbucket: number, node: number): void {
    const part = this.part(node);
    const copy = part.copy(vbucket);
    if (copy === undefined) part.set(vbucket, this.#newCopy('pending'));
    else copy.become('pending');
  }

  /** Undoes `prepare`, if the vBucket was not taken over. */
  unprepare(vbucket: number, node: number): void {
    const part = this.part(node);
    const copy = part.copy(vbucket);
    if (copy?.state !== 'pending') return;
    if (!this.#rows[vbucket]!.includes(node)) part.drop(vbucket);
    else {
      copy.become('replica');
      copy.release();
    }
  }

  /**
   * The one step in which the active copy of a vBucket moves: the new copy has all items of the old one, the old one is
   * dead, the row is replaced, and the replicas are copies of the new active one. `release` resumes the waiting
   * commands when the map is published.
   */
  takeOver(vbucket: number, row: Row): void {
    const before = this.#rows[vbucket]!;
    const source = this.#copyOf(before[0]!, vbucket);
    const owner = row[0]!;
    if (owner !== before[0]) {
      const target = this.part(owner).copy(vbucket) ?? this.#hold(owner, vbucket, false);
      if (source !== undefined) target.copyFrom(source);
      source?.become('dead');
      target.become('active');
    }
    this.#rows[vbucket] = row;
    for (const node of row.slice(1)) if (node !== nobody) this.resync(vbucket, node);
  }

  /** Called after `takeOver` was published: resumes the commands that wait at the new active copy. */
  release(vbucket: number): void {
    this.#copyOf(this.#rows[vbucket]![0]!, vbucket)?.release();
  }

  /** Deletes the copies of a vBucket that are not in its row. */
  tidy(vbucket: number): void {
    const row = this.#rows[vbucket]!;
    for (const part of this.#parts.values()) if (!row.includes(part.node)) part.drop(vbucket);
  }

  /** Makes a node's replica of a vBucket equal to the active copy, if the node of the active copy runs. */
  resync(vbucket: number, node: number): void {
    const owner = this.#rows[vbucket]![0]!;
    const copy = this.part(node).copy(vbucket) ?? this.#hold(node, vbucket, false);
    copy.become('replica');
    const active = this.#settings.isUp(owner) ? this.#copyOf(owner, vbucket) : undefined;
    if (active !== undefined && this.#settings.isUp(node)) copy.copyFrom(active);
  }

  /** Updates all replicas of a node after it was down, and those of its active copies. */
  resyncAll(node: number): void {
    for (const [vbucket, row] of this.#rows.entries()) {
      if (row.indexOf(node) > 0) this.resync(vbucket, node);
      else if (row[0] === node) for (const holder of row.slice(1)) if (holder !== nobody) this.resync(vbucket, holder);
    }
  }

  /**
   * Takes a node out of the map at once: its active copies are dead, the first replica of each becomes the active copy.
   */
  failOver(node: number): void {
    for (const [vbucket, row] of this.#rows.entries()) {
      if (!row.includes(node)) continue;
      const rest = row.filter((holder) => holder !== node && holder !== nobody);
      this.part(node).drop(vbucket);
      if (row[0] === node) {
        // A replica on a running node is newer than one on a stopped node.
        const promoted = rest.find((holder) => this.#settings.isUp(holder)) ?? rest[0];
        if (promoted !== undefined) rest.splice(rest.indexOf(promoted), 1);
        rest.unshift(promoted ?? nobody);
        this.#promote(vbucket, promoted);
      }
      this.#rows[vbucket] = row.map((_, copy) => rest[copy] ?? nobody);
    }
  }

  /**
   * Called when an item was stored, changed or removed in an active copy: it receives a cas of the cluster, and its
   * replicas receive the change. Returns the cas.
   */
  changed(
    vbucket: number,
    active: CollectionCopy,
    key: string,
    { attributes, isDurable = false }: ChangeTerms = {},
  ): bigint {
    const cas = this.#settings.nextCas();
    const item = active.find(key);
    if (item !== undefined) active.store.recas(item, cas);
    active.history.seqno++;
    const described = attributes === undefined ? active.attributes.get(key) : attributes(cas, active.seqno);
    active.describe(key, item === undefined ? undefined : described);
    const { id, seqno, uuid } = active;
    if (this.#rows[vbucket] !== undefined)
      this.#replication.add({ vbucket, uuid, seqno, collection: id, state: active.stateOf(key, item) }, isDurable);
    return cas;
  }

  /** A change arrives at the replicas, unless the active copy has another history by now, or its node is down. */
  #replicate({ collection, seqno, state, uuid, vbucket }: Change): void {
    const { isUp } = this.#settings;
    const [owner = nobody, ...holders] = this.#rows[vbucket]!;
    if (!isUp(owner) || this.#copyOf(owner, vbucket)?.uuid !== uuid) return;
    if (this.manifest.collection(collection) === undefined) return;
    for (const node of holders) {
      const replica = node === nobody || !isUp(node) ? undefined : this.#copyOf(node, vbucket);
      // A replica that was made meanwhile has it.
      if (replica === undefined || replica.seqno >= seqno) continue;
      replica.collection(collection).take(state);
      replica.seqno = seqno;
    }
  }

  /** Gives the item of an active copy a cas that its replicas do not have: that of a lock. */
  relock(active: CollectionCopy, key: string): bigint {
    const cas = this.#settings.nextCas();
    const item = active.find(key);
    if (item !== undefined) active.store.recas(item, cas);
    return cas;
  }

  /** How many copies of a vBucket the map has, and how many of them are on running nodes. */
  copiesOf(vbucket: number): { readonly mapped: number; readonly running: number } {
    const holders = (this.#rows[vbucket] ?? []).filter((node) => node !== nobody);
    return { mapped: holders.length, running: holders.filter((node) => this.#settings.isUp(node)).length };
  }

  /** Drops all items of the active copies of a node, and of their replicas. */
  flush(node: number): void {
    for (const [vbucket, active] of this.part(node).copies) {
      if (active.state !== 'active') continue;
      for (const collection of active.collections) collection.store.flush(0);
      active.seqno++;
      for (const holder of this.#rows[vbucket]?.slice(1) ?? []) if (holder !== nobody) this.resync(vbucket, holder);
    }
  }

  /** Removes collections with their items, on nodes that do not run as well. */
  dropCollections(ids: readonly number[]): void {
    for (const part of this.#parts.values())
      for (const copy of part.copies.values()) for (const id of ids) copy.dropCollection(id);
  }

  /** All existing copies of the key's vBucket, with the item. */
  holders(
    vbucket: number,
    key: string,
    collection?: number,
  ): { node: number; copy: VbucketCopy; item: Item | undefined }[] {
    const found = [];
    for (const part of this.#parts.values()) {
      const copy = part.copy(vbucket);
      if (copy !== undefined) found.push({ node: part.node, copy, item: copy.collection(collection).find(key) });
    }
    return found;
  }

  /** Removes some expired items. */
  sweep(limit: number): void {
    for (const part of this.#parts.values()) for (const copy of part.copies.values()) copy.sweep(limit);
  }

  #promote(vbucket: number, node: number | undefined): void {
    if (node === undefined) return;
    const copy = this.part(node).copy(vbucket) ?? this.#hold(node, vbucket, true);
    copy.uuid = this.#newUuid();
    copy.become('active');
    copy.release();
  }

  #copyOf(node: number, vbucket: number): VbucketCopy | undefined {
    return node === nobody ? undefined : this.part(node).copy(vbucket);
  }

  #hold(node: number, vbucket: number, isActive: boolean): VbucketCopy {
    const copy = this.#newCopy(isActive ? 'active' : 'replica');
    this.part(node).set(vbucket, copy);
    return copy;
  }

  #newCopy(state: 'active' | 'replica' | 'pending'): VbucketCopy {
    return new VbucketCopy(state, this.#newUuid(), this.#settings);
  }

  /** 48 bits, as in Couchbase, so that JavaScript's JSON keeps them exactly. */
  #newUuid(): bigint {
    return BigInt(this.#settings.randomBytes(6).readUIntBE(0, 6));
  }
}
