/** What administrators do to a cluster while it serves. */
import type { SimulatedCluster } from 'memfleet/testing';
import type { PlannedFault } from '../../plan.ts';
import type { Stage } from '../../stage.ts';

type Change = (cluster: SimulatedCluster, fault: PlannedFault) => Promise<unknown>;

/** Takes a node out, or brings one that is out, or a new one, in. */
const rebalance: Change = (cluster, { amount = 0 }) => {
  const { nodes } = cluster;
  const out = cluster.allNodes.filter((node) => !node.isMember && node.isUp);
  if (amount % 2 === 0 && nodes.length > 1) {
    const leaving = nodes[amount % nodes.length];
    return cluster.rebalance(leaving === undefined ? {} : { remove: [leaving] });
  }
  return cluster.rebalance(out.length > 0 ? { add: out.slice(0, 1) } : {});
};

const move: Change = (cluster, { amount = 0 }) => {
  const to = cluster.nodes[amount % cluster.nodes.length];
  return to === undefined ? Promise.resolve() : cluster.moveVbucket(amount, to);
};

/** Only while all nodes run and every vBucket has a copy: otherwise items may be lost, as they would be. */
const failover: Change = (cluster, { amount = 0 }) => {
  const { nodes } = cluster;
  const target = nodes[amount % nodes.length];
  const isSafe =
    nodes.every((node) => node.isUp) && cluster.map().every((row) => row.some((id, at) => at > 0 && id >= 0));
  if (target === undefined || nodes.length < 2 || !isSafe || cluster.stats().isRebalancing) return Promise.resolve();
  cluster.failover(target);
  return Promise.resolve();
};

const kinds: Readonly<Record<string, Change>> = { rebalance, move, failover };

/** Whether a fault is a change of the map. */
export function isChange({ kind }: PlannedFault): boolean {
  return kind in kinds;
}

/** Plans the changes of a plan. */
export function planChanges(stage: Stage, cluster: SimulatedCluster, faults: readonly PlannedFault[]): void {
  for (const fault of faults) {
    const change = kinds[fault.kind];
    if (change === undefined) continue;
    stage.world.after(fault.at, () => {
      stage.count(fault.kind);
      stage.world.note(`CHANGE ${fault.kind} ${fault.amount}`);
      const done = async (): Promise<void> => {
        try {
          await change(cluster, fault);
        } catch (error) {
          // A node that goes down ends a rebalance, and there is only one at a time.
          stage.count(`${fault.kind} failed`);
          stage.world.note(`CHANGE ${fault.kind}: ${String(error)}`);
        }
      };
      void done();
    });
  }
}
