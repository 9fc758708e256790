/**
 * Which node shall hold which copy of each vBucket. Pure: node ids in, rows out.
 *
 *   row = [ active │ replica 1 │ replica 2 … ]      ids of nodes; −1 = nobody
 *
 * The active copies are spread evenly, as few of them move as possible, and rather to a node that has a replica of them already. Replicas of one node are
 * spread over all others, so that its load is shared when it fails.
 */

/** Nobody holds this copy. */
export const nobody = -1;

/** One vBucket: who holds the active copy, then its replicas. */
export type Row = readonly number[];

/** The map that a rebalance aims at. `current` is empty for a new bucket. */
export function planMap(
  current: readonly Row[],
  nodes: readonly number[],
  vbuckets: number,
  replicas: number,
): readonly Row[] {
  const active = planActive(current, nodes, vbuckets);
  const spread = new ReplicaSpread(nodes, vbuckets);
  return active.map((owner, vbucket) => {
    const row = [owner];
    for (let copy = 1; copy <= replicas; copy++) row.push(spread.take(copy, row, current[vbucket]?.[copy]));
    return row;
  });
}

function planActive(current: readonly Row[], nodes: readonly number[], vbuckets: number): number[] {
  const room = quotas(current, nodes, vbuckets);
  const active = Array.from({ length: vbuckets }, (_, vbucket) => {
    const owner = current[vbucket]?.[0] ?? nobody;
    const left = room.get(owner) ?? 0;
    if (left === 0) return nobody;
    room.set(owner, left - 1);
    return owner;
  });
  return active.map((owner, vbucket) => {
    if (owner !== nobody || nodes.length === 0) return owner;
    const holders = (current[vbucket] ?? []).slice(1);
    const chosen =
      holders.find((holder) => (room.get(holder) ?? 0) > 0) ??
      nodes.reduce((best, node) => (room.get(node)! > room.get(best)! ? node : best));
    room.set(chosen, room.get(chosen)! - 1);
    return chosen;
  });
}

/** How many active copies each node may have. Where they do not divide evenly, those that have most now keep one more. */
function quotas(current: readonly Row[], nodes: readonly number[], vbuckets: number): Map<number, number> {
  const held = new Map<number, number>();
  for (const row of current) held.set(row[0]!, (held.get(row[0]!) ?? 0) + 1);
  const byLoad = [...nodes].sort((one, other) => (held.get(other) ?? 0) - (held.get(one) ?? 0));
  const each = Math.floor(vbuckets / nodes.length);
  const more = vbuckets % nodes.length;
  return new Map(byLoad.map((node, at) => [node, each + (at < more ? 1 : 0)]));
}

class ReplicaSpread {
  readonly #nodes: readonly number[];
  readonly #share: number;
  /** Replicas given to a node at one place of the rows, and those of them whose active copy is on one other node. */
  readonly #load = new Map<string, number>();

  constructor(nodes: readonly number[], vbuckets: number) {
    this.#nodes = nodes;
    this.#share = Math.ceil(vbuckets / Math.max(1, nodes.length));
  }

  /** A node that is not in the row yet; `before`, who has the copy now, keeps it while that is fair. */
  take(copy: number, row: Row, before: number | undefined): number {
    const owner = row[0]!;
    const free = this.#nodes.filter((node) => !row.includes(node));
    const fair = Math.ceil(this.#share / Math.max(1, this.#nodes.length - 1));
    const keeps =
      before !== undefined &&
      free.includes(before) &&
      this.#of(copy, before) < this.#share &&
      this.#of(copy, before, owner) < fair;
    const first = free[0];
    if (first === undefined) return nobody;
    const chosen = keeps ? before : free.reduce((best, node) => this.#better(copy, owner, best, node), first);
    this.#add(`${copy}/${chosen}`);
    this.#add(`${copy}/${chosen}/${owner}`);
    return chosen;
  }

  #better(copy: number, owner: number, best: number, node: number): number {
    const byOwner = this.#of(copy, node, owner) - this.#of(copy, best, owner);
    const byLoad = this.#of(copy, node) - this.#of(copy, best);
    return byLoad < 0 || (byLoad === 0 && byOwner < 0) ? node : best;
  }

  #of(copy: number, node: number, owner?: number): number {
    return this.#load.get(owner === undefined ? `${copy}/${node}` : `${copy}/${node}/${owner}`) ?? 0;
  }

  #add(key: string): void {
    this.#load.set(key, (this.#load.get(key) ?? 0) + 1);
  }
}

/** How many vBuckets have another active node. */
export function movesBetween(before: readonly Row[], after: readonly Row[]): number {
  return after.filter((row, vbucket) => row[0] !== before[vbucket]?.[0]).length;
}
