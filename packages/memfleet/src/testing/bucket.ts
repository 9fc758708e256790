/**
 * A bucket: its map, and the copies of its vBuckets on every node.
 *
 *   rows[vbucket] = [ active │ replica … ]          what clients are told
 *   part(node).copy(vbucket)                        what the node has: state and items
 *
 * Between two turns of the event loop both say the same: the copy that the row names first is the only active one.
 */
import { randomBytes } from 'node:crypto';
import type { Item } from '../store/item.ts';
import type { ResolvedBucketOptions } from './options.ts';
import { nobody, type Row } from './plan-map.ts';
import { type CopySettings, VbucketCopy } from './vbucket-copy.ts';

/** What a bucket must know of its cluster. */
export interface BucketSettings extends CopySettings {
  /** Does the node run? A node that does not takes no replica traffic. */
  readonly isUp: (node: number) => boolean;
  /** The next cas of the cluster. */
  readonly nextCas: () => bigint;
}

/** What one node has of a bucket. */
export class BucketPart {
  readonly bucket: Bucket;
  readonly node: number;
  /** Of a memcached-type bucket there is one copy for all keys. */
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

  /** The copies by vBucket; of a memcached-type bucket the one, as number 0. */
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
  /** Another bucket of the same name would have another. */
  readonly uuid: string = randomBytes(16).toString('hex');
  /** The map that the rebalance in progress will end with. */
  forward: readonly Row[] | undefined;
  readonly #settings: BucketSettings;
  readonly #parts = new Map<number, BucketPart>();
  #rows: Row[] = [];

  constructor(options: ResolvedBucketOptions, settings: BucketSettings) {
    this.options = options;
    this.#settings = settings;
  }

  get name(): string {
    return this.options.name;
  }

  /** It has vBuckets, and so a map. */
  get isMapped(): boolean {
    return this.options.type === 'couchbase';
  }

  /** Empty for a memcached-type bucket. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** What a node has of it. */
  part(node: number): BucketPart {
    let part = this.#parts.get(node);
    if (part === undefined) {
      part = new BucketPart(this, node, this.isMapped ? undefined : this.#newCopy('active'));
      this.#parts.set(node, part);
    }
    return part;
  }

  /** The first map of all: every copy is there, and empty. */
  begin(rows: readonly Row[]): void {
    this.#rows = [...rows];
    for (const [vbucket, row] of rows.entries())
      for (const [copy, node] of row.entries()) if (node !== nobody) this.#hold(node, vbucket, copy === 0);
  }

  /** Has the node prepare for a vBucket: from now on its commands wait there. */
  prepare(vbucket: number, node: number): void {
    const part = this.part(node);
    const copy = part.copy(vbucket);
    if (copy === undefined) part.set(vbucket, this.#newCopy('pending'));
    else copy.become('pending');
  }

  /** Takes `prepare` back, if nothing came of it. */
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
   * The one step in which a vBucket changes hands: the new active copy has all that the old one had, the old one is
   * dead, the row is the new one, and its replicas are copies of the new active one. Commands that wait are let go by
   * `release`, when the map is published.
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

  /** After `takeOver` was published: commands that wait at the new active copy go on. */
  release(vbucket: number): void {
    this.#copyOf(this.#rows[vbucket]![0]!, vbucket)?.release();
  }

  /** Deletes the copies of a vBucket that are not in its row. */
  tidy(vbucket: number): void {
    const row = this.#rows[vbucket]!;
    for (const part of this.#parts.values()) if (!row.includes(part.node)) part.drop(vbucket);
  }

  /** Makes a node's replica of a vBucket equal to the active copy, if the node with that runs. */
  resync(vbucket: number, node: number): void {
    const owner = this.#rows[vbucket]![0]!;
    const copy = this.part(node).copy(vbucket) ?? this.#hold(node, vbucket, false);
    copy.become('replica');
    const active = this.#settings.isUp(owner) ? this.#copyOf(owner, vbucket) : undefined;
    if (active !== undefined && this.#settings.isUp(node)) copy.copyFrom(active);
  }

  /** All replicas of a node, after it was away. */
  resyncAll(node: number): void {
    for (const [vbucket, row] of this.#rows.entries()) if (row.indexOf(node) > 0) this.resync(vbucket, node);
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
        // A replica that runs knows more than one that does not.
        const promoted = rest.find((holder) => this.#settings.isUp(holder)) ?? rest[0];
        if (promoted !== undefined) rest.splice(rest.indexOf(promoted), 1);
        rest.unshift(promoted ?? nobody);
        this.#promote(vbucket, promoted);
      }
      this.#rows[vbucket] = row.map((_, copy) => rest[copy] ?? nobody);
    }
  }

  /**
   * An item was stored, changed or removed in an active copy: it gets a cas of the cluster, and so do its replicas.
   * Gives the cas.
   */
  changed(vbucket: number, active: VbucketCopy, key: string): bigint {
    const { isUp, nextCas } = this.#settings;
    const cas = nextCas();
    const item = active.find(key);
    if (item !== undefined) active.store.recas(item, cas);
    active.seqno++;
    const row = this.#rows[vbucket];
    if (row === undefined) return cas;
    for (let copy = 1; copy < row.length; copy++) {
      const node = row[copy]!;
      const replica = node === nobody || !isUp(node) ? undefined : this.#copyOf(node, vbucket);
      if (replica === undefined) continue;
      replica.take(key, item);
      replica.seqno = active.seqno;
    }
    return cas;
  }

  /** Drops all items of the active copies of a node, and of their replicas. */
  flush(node: number): void {
    for (const [vbucket, active] of this.part(node).copies) {
      if (active.state !== 'active') continue;
      active.store.flush(0);
      active.seqno++;
      for (const holder of this.#rows[vbucket]?.slice(1) ?? []) if (holder !== nobody) this.resync(vbucket, holder);
    }
  }

  /** Who has the key: every copy of its vBucket that is there, with its item. */
  holders(vbucket: number, key: string): { node: number; copy: VbucketCopy; item: Item | undefined }[] {
    const found = [];
    for (const part of this.#parts.values()) {
      const copy = part.copy(vbucket);
      if (copy !== undefined) found.push({ node: part.node, copy, item: copy.find(key) });
    }
    return found;
  }

  /** Removes some items that expired. */
  sweep(limit: number): void {
    for (const part of this.#parts.values()) for (const copy of part.copies.values()) copy.sweep(limit);
  }

  #promote(vbucket: number, node: number | undefined): void {
    if (node === undefined) return;
    const copy = this.part(node).copy(vbucket) ?? this.#hold(node, vbucket, true);
    copy.uuid = newUuid();
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
    return new VbucketCopy(state, newUuid(), this.#settings);
  }
}

/** 48 bits, as Couchbase's, so that JavaScript's JSON keeps them. */
function newUuid(): bigint {
  return BigInt(randomBytes(6).readUIntBE(0, 6));
}
