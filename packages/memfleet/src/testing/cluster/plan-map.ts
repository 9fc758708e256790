/**
 * Plans the node of every copy of each vBucket. Pure: node ids in, rows out.
 *
 *   row = [ active │ replica 1 │ replica 2 … ]      ids of nodes; −1 = no node
 *
 * The active copies are spread evenly, as few of them move as possible, and preferably to a node that already has a
 * replica of them. Replicas of one node are spread over all others, so that its load is shared when it fails.
 */

/** No node holds this copy. */
export const nobody = -1;

/** One vBucket: the node of the active copy, then those of its replicas. */
export type Row = readonly number[];

/** The target map of a rebalance. `current` is empty for a new bucket. */
export function planMap(
  current: readonly Row[],
  nodes: readonly number[],
  vbuckets: number,
  replicas: number,
): readonly Row[] {
  const rows = planActive(current, nodes, vbuckets).map((owner) => [owner]);
  for (let copy = 1; copy <= replicas; copy++) {
    const spread = new ReplicaSpread(nodes, vbuckets);
    // First the copies that stay: the others then go where there is room.
    const kept = rows.map((row, vbucket) => spread.keep(row, current[vbucket]?.[copy]));
    for (const [vbucket, row] of rows.entries()) row.push(kept[vbucket] ?? spread.take(row));
  }
  return rows;
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

/**
 * The maximum number of active copies of each node. Where they do not divide evenly, the nodes that have most now keep
 * one more.
 */
function quotas(current: readonly Row[], nodes: readonly number[], vbuckets: number): Map<number, number> {
  const held = new Map<number, number>();
  for (const row of current) held.set(row[0]!, (held.get(row[0]!) ?? 0) + 1);
  const byLoad = [...nodes].sort((one, other) => (held.get(other) ?? 0) - (held.get(one) ?? 0));
  const each = Math.floor(vbuckets / nodes.length);
  const more = vbuckets % nodes.length;
  return new Map(byLoad.map((node, at) => [node, each + (at < more ? 1 : 0)]));
}

/** One copy of every vBucket. */
class ReplicaSpread {
  readonly #nodes: readonly number[];
  readonly #share: number;
  readonly #load = new Map<number, number>();
  /** The number of a node's replicas whose active copy is on one other node, by `node/other`. */
  readonly #shared = new Map<string, number>();

  constructor(nodes: readonly number[], vbuckets: number) {
    this.#nodes = nodes;
    this.#share = Math.ceil(vbuckets / Math.max(1, nodes.length));
  }

  /** The node that has the copy now, unless it would exceed its share. */
  keep(row: Row, before: number | undefined): number | undefined {
    if (before === undefined || !this.#nodes.includes(before) || row.includes(before)) return undefined;
    const fair = Math.ceil(this.#share / Math.max(1, this.#nodes.length - 1));
    if (this.#loadOf(before) >= this.#share || this.#sharedWith(before, row[0]!) >= fair) return undefined;
    return this.#add(before, row[0]!);
  }

  /** The least loaded node of those that are not in the row. */
  take(row: Row): number {
    const owner = row[0]!;
    const free = this.#nodes.filter((node) => !row.includes(node));
    const first = free[0];
    if (first === undefined) return nobody;
    return this.#add(
      free.reduce((best, node) => this.#better(owner, best, node), first),
      owner,
    );
  }

  #better(owner: number, best: number, node: number): number {
    const byLoad = this.#loadOf(node) - this.#loadOf(best);
    const byOwner = this.#sharedWith(node, owner) - this.#sharedWith(best, owner);
    return byLoad < 0 || (byLoad === 0 && byOwner < 0) ? node : best;
  }

  #loadOf(node: number): number {
    return this.#load.get(node) ?? 0;
  }

  #sharedWith(node: number, owner: number): number {
    return this.#shared.get(`${node}/${owner}`) ?? 0;
  }

  #add(node: number, owner: number): number {
    this.#load.set(node, this.#loadOf(node) + 1);
    this.#shared.set(`${node}/${owner}`, this.#sharedWith(node, owner) + 1);
    return node;
  }
}
