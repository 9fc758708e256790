/**
 * Moves vBuckets from node to node while the cluster serves (docs/protocols.md#vbuckets):
 *
 *   new node: pending ─ pause ─ copy; old: dead, new: active – one step ─▶ publish ─ pause ─▶ old copy deleted
 *                                                                                             └▶ the next vBucket
 *
 * A client's map is thus never wrong about a write: a client with an old map is refused.
 */
import { MemcacheError } from '../../core/errors.ts';
import type { Bucket } from './bucket.ts';
import type { ClusterState } from './cluster-state.ts';
import { nobody, planMap, type Row } from './plan-map.ts';

/** The nodes as a mover sees them. */
export interface MoverNodes {
  isUp(node: number): boolean;
  name(node: number): string;
}

/** The result of a rebalance. */
export interface RebalanceReport {
  /** vBuckets whose active copy moved. */
  readonly moves: number;
  /** The revision of the map at the end. */
  readonly rev: number;
}

/** Moves vBuckets from node to node while the cluster serves. */
export class Mover {
  /** vBuckets whose active copy moved, since the start. */
  moves = 0;
  readonly #state: ClusterState;
  readonly #nodes: MoverNodes;

  constructor(state: ClusterState, nodes: MoverNodes) {
    this.#state = state;
    this.#nodes = nodes;
  }

  /**
   * Spreads all buckets over `keep`, and takes `leave` out of the map at the end. The nodes of `keep` that are new are
   * in the map from the beginning. Rejects when a node goes down meanwhile; vBuckets that were moved stay moved.
   */
  async rebalance(keep: readonly number[], leave: readonly number[]): Promise<RebalanceReport> {
    const state = this.#state;
    const before = this.moves;
    state.members = [...state.members, ...keep.filter((node) => !state.members.includes(node))];
    state.isRebalancing = true;
    try {
      state.publish();
      for (const bucket of state.buckets.values()) if (bucket.isMapped) await this.#rebalanceBucket(bucket, keep);
      state.members = state.members.filter((node) => !leave.includes(node));
    } finally {
      state.isRebalancing = false;
      state.publish();
    }
    return { moves: this.moves - before, rev: state.rev };
  }

  /** Moves one vBucket's active copy. Its replicas stay, except that on `to`, which the old node takes over. */
  async move(bucket: Bucket, vbucket: number, to: number): Promise<void> {
    const row = bucket.rows[vbucket]!;
    const from = row[0]!;
    if (from === to) return;
    await this.#moveTo(
      bucket,
      vbucket,
      row.map((node, copy) => (copy === 0 ? to : node === to ? from : node)),
    );
  }

  async #rebalanceBucket(bucket: Bucket, keep: readonly number[]): Promise<void> {
    const { vbuckets, replicas } = bucket.options;
    const plan = planMap(bucket.rows, keep, vbuckets, replicas);
    bucket.forward = plan;
    try {
      for (const [vbucket, row] of plan.entries())
        if (row[0] !== bucket.rows[vbucket]![0]) await this.#moveTo(bucket, vbucket, row);
      this.#moveReplicas(bucket, plan);
    } finally {
      bucket.forward = undefined;
    }
  }

  async #moveTo(bucket: Bucket, vbucket: number, row: Row): Promise<void> {
    const from = bucket.rows[vbucket]![0]!;
    const to = row[0]!;
    this.#checkUp(from, to);
    bucket.prepare(vbucket, to);
    try {
      await this.#pause();
      this.#checkUp(from, to);
      if (bucket.rows[vbucket]![0] !== from) throw new MemcacheError(`vBucket ${vbucket} failed over while it moved`);
    } catch (error) {
      bucket.unprepare(vbucket, to);
      throw error;
    }
    bucket.takeOver(vbucket, row);
    this.moves++;
    this.#state.publish();
    bucket.release(vbucket);
    await this.#pause();
    bucket.tidy(vbucket);
  }

  /** Replicas serve no writes, so they are all made at once. */
  #moveReplicas(bucket: Bucket, plan: readonly Row[]): void {
    for (const [vbucket, row] of plan.entries()) {
      if (row.every((node, copy) => node === bucket.rows[vbucket]![copy])) continue;
      this.#checkUp(...row);
      bucket.takeOver(vbucket, row);
      bucket.tidy(vbucket);
    }
  }

  #checkUp(...nodes: readonly number[]): void {
    const down = nodes.find((node) => node !== nobody && !this.#nodes.isUp(node));
    if (down === undefined) return;
    throw new MemcacheError(`node ${this.#nodes.name(down)} is down: start it, or fail it over, then rebalance`);
  }

  #pause(): Promise<void> {
    const { clock, moveDelay } = this.#state.options;
    return new Promise((resolve) => {
      if (moveDelay === 0) clock.afterTurn(resolve);
      else clock.setTimer(moveDelay, resolve);
    });
  }
}
