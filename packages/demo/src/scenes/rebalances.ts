/**
 * Nodes that come to the cluster and leave it, and what the client makes of that.
 *
 *   planned ─▶ cluster: rebalance ─ vBuckets move one by one ─▶ topology events
 *                                                               └▶ the client's map: revision, vBuckets a node
 */
import { crc32 } from 'node:zlib';
import { seconds } from '../figures.ts';
import type { Row } from '../live-view.ts';
import { type Run, until } from '../run.ts';
import type { Acts, Rebalance, Subject } from '../scene.ts';
import type { PlannedRebalance } from '../schedule.ts';
import type { ClusterProcess } from './cluster-process.ts';

/** Records the rebalances of a cluster and what the client saw of them. */
export class Rebalances implements Acts {
  readonly rebalances: Rebalance[] = [];
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
    subject.on('topology', ({ revision, movedVbuckets }) => {
      this.#revision = revision;
      this.#moved += movedVbuckets;
    });
  }

  /** The client's connections and map, by the nodes of the cluster: the client has them in the order of its map. */
  row(): Pick<Row, 'nodes' | 'revision'> {
    const { nodes } = this.#subject.stats();
    const owners = this.#keys.map((key) => this.#subject.nodeOf(key));
    const columns = this.#cluster.names.map((name) => {
      const { open, state = 'alive' } = nodes.find(({ node }) => node === name) ?? {};
      return { open, state, vbuckets: owners.filter((owner) => owner === name).length };
    });
    return { nodes: columns, revision: this.#revision };
  }

  /** Performs what is planned. `settle` waits until a condition holds, or gives up. */
  async perform(settle: (condition: () => boolean) => Promise<void>): Promise<void> {
    for (const { change, at } of this.#run.schedule.rebalances) {
      await until(this.#run, at);
      // A node that is down takes no vBuckets.
      await settle(() => this.#subject.stats().nodes.every(({ state }) => state === 'alive'));
      await this.#performOne(change, settle);
    }
  }

  async #performOne(
    change: PlannedRebalance['change'],
    settle: (condition: () => boolean) => Promise<void>,
  ): Promise<void> {
    const { view, elapsed, signal } = this.#run;
    const { names } = this.#cluster;
    const node = names[1] ?? '';
    const rebalance: Rebalance = { change, node, startedAt: elapsed(), moves: 0, movedForClient: 0, rev: 0 };
    this.rebalances.push(rebalance);
    const news = change === 'add' ? `node ${names.length + 1} joins` : `node 2 (${node}) leaves`;
    view.event(elapsed(), `${news}: rebalance`);
    const before = this.#moved;
    try {
      await this.#execute(rebalance);
      await settle(() => this.#moved - before >= rebalance.moves);
      rebalance.finishedAt = elapsed();
    } catch (error) {
      if (signal.aborted) throw error;
      rebalance.problem = (error as Error).message;
    }
    rebalance.movedForClient = this.#moved - before;
    const { problem, finishedAt = Number.NaN, startedAt, moves, movedForClient, rev } = rebalance;
    const took = seconds(finishedAt - startedAt);
    if (problem === undefined)
      view.event(
        elapsed(),
        `rebalanced in ${took}: ${moves} vBuckets moved, ${movedForClient} for the client; map revision ${rev}`,
        'green',
      );
    else view.event(elapsed(), `the rebalance failed: ${problem}`, 'red');
  }

  /** Throws the cluster's error message. */
  async #execute(rebalance: Rebalance): Promise<void> {
    const { change, node } = rebalance;
    const { stats: before } = await this.#cluster.execute('');
    const { answer, stats } = await this.#cluster.execute(change === 'add' ? 'add' : `remove ${node}`);
    if (change === 'add') rebalance.node = this.#cluster.names.at(-1) ?? '';
    rebalance.moves = stats.moves - before.moves;
    rebalance.rev = stats.rev;
    // An error message begins with the name of the verb.
    if (answer.startsWith(`${change}:`)) throw new Error(answer);
  }
}

/**
 * A key of each vBucket, found by trying. A key's vBucket is bits 16–30 of its CRC-32, modulo their number
 * (libcouchbase, `vbucket_get_vbucket_by_key`).
 */
function keysOfVbuckets(count: number): readonly string[] {
  const keys = new Map<number, string>();
  for (let tried = 0; keys.size < count; tried++) {
    const key = `key:${tried}`;
    keys.set(((crc32(key) >>> 16) & 0x7fff) % count, key);
  }
  return [...keys.values()];
}
