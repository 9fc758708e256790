/**
 * Nodes that come to the cluster and leave it, and what the client makes of that.
 *
 *   planned ─▶ cluster: rebalance ─ vBuckets move one by one ─▶ topology events ─▶ the client's map: revision, vBuckets a node
 */
import { crc32 } from 'node:zlib';
import type { ClusterProcess } from './cluster-process.ts';
import { seconds } from './figures.ts';
import type { Run } from './run.ts';
import type { PlannedRebalance } from './schedule.ts';
import type { Subject } from './subject.ts';

/** One rebalance. Times in seconds since the start. */
export interface Rebalance {
  readonly change: 'add' | 'remove';
  /** The node that came or left. */
  node: string;
  readonly startedAt: number;
  finishedAt?: number;
  /** vBuckets that moved, as the cluster and as the client counted them. */
  moves: number;
  movedForClient: number;
  /** The cluster's revision of the map at the end. */
  rev: number;
  /** What the cluster said when it did not do it. */
  problem?: string;
}

/** The map as the client has it. */
export interface ClientMap {
  /** How many times the client changed its map. */
  readonly revision: number;
  /** vBuckets by node. */
  readonly vbuckets: ReadonlyMap<string, number>;
}

/** See the head of this file. */
export class Rebalances {
  readonly list: Rebalance[] = [];
  readonly #run: Run;
  readonly #subject: Subject;
  readonly #cluster: ClusterProcess;
  /** One of each vBucket. */
  readonly #keys: readonly string[];
  #revision = 0;
  #moved = 0;

  constructor(run: Run, subject: Subject, cluster: ClusterProcess) {
    this.#run = run;
    this.#subject = subject;
    this.#cluster = cluster;
    this.#keys = keysOfVbuckets(cluster.vbuckets);
    subject.onTopology?.(({ revision, movedVbuckets }) => {
      this.#revision = revision;
      this.#moved += movedVbuckets;
    });
  }

  get map(): ClientMap {
    const vbuckets = new Map<string, number>();
    for (const key of this.#keys) {
      const node = this.#subject.nodeOf(key);
      if (node !== undefined) vbuckets.set(node, (vbuckets.get(node) ?? 0) + 1);
    }
    return { revision: this.#revision, vbuckets };
  }

  /** Has the cluster do it; `settle` waits until something is so, or gives up. */
  async perform({ change }: PlannedRebalance, settle: (condition: () => boolean) => Promise<void>): Promise<void> {
    const { view, elapsed } = this.#run;
    const { names } = this.#cluster;
    const leaving = names[1] ?? '';
    const rebalance: Rebalance = {
      change,
      node: leaving,
      startedAt: elapsed(),
      moves: 0,
      movedForClient: 0,
      rev: 0,
    };
    this.list.push(rebalance);
    const label = change === 'add' ? names.length + 1 : 2;
    view.event(elapsed(), `node ${label} ${change === 'add' ? 'comes' : `(${leaving}) leaves`}: rebalance`);
    const moved = this.#moved;
    try {
      await this.#order(rebalance);
      await settle(() => this.#moved - moved >= rebalance.moves);
      rebalance.finishedAt = elapsed();
    } catch (error) {
      if (this.#run.signal.aborted) throw error;
      rebalance.problem = (error as Error).message;
    }
    rebalance.movedForClient = this.#moved - moved;
    this.#tell(rebalance);
  }

  /** Throws what the cluster says when it cannot. */
  async #order(rebalance: Rebalance): Promise<void> {
    const { change, node } = rebalance;
    const { stats: before } = await this.#cluster.tell('');
    const { answer, stats } = await this.#cluster.tell(change === 'add' ? 'add' : `remove ${node}`);
    if (change === 'add') rebalance.node = this.#cluster.names.at(-1) ?? '';
    rebalance.moves = stats.moves - before.moves;
    rebalance.rev = stats.rev;
    // A mistake is told with the name of the verb before it.
    if (answer.startsWith(`${change}:`)) throw new Error(answer);
  }

  #tell({ moves, movedForClient, rev, startedAt, finishedAt, problem }: Rebalance): void {
    const { view, elapsed } = this.#run;
    if (problem !== undefined || finishedAt === undefined) {
      view.event(elapsed(), `the rebalance failed: ${problem ?? 'it did not finish'}`, 'red');
      return;
    }
    const took = seconds(finishedAt - startedAt);
    const text = `rebalanced in ${took}: ${moves} vBuckets moved, ${movedForClient} for the client; map revision ${rev}`;
    view.event(elapsed(), text, 'green');
  }
}

/** A key of each vBucket, found by trying. A key's vBucket is bits 16–30 of its CRC-32, modulo their number (libcouchbase, `vbucket_get_vbucket_by_key`). */
function keysOfVbuckets(count: number): readonly string[] {
  const keys = new Map<number, string>();
  for (let tried = 0; keys.size < count; tried++) {
    const key = `key:${tried}`;
    keys.set(((crc32(key) >>> 16) & 0x7fff) % count, key);
  }
  return [...keys.values()];
}
