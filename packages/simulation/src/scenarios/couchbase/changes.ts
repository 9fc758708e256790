/** What administrators do to a cluster while it serves, and how its nodes behave. */
import type { NodeFault, SimulatedCluster, SimulatedNode } from 'memfleet/testing';
import type { Standstill } from '../../check/bounds.ts';
import type { PlannedFault } from '../../plan.ts';
import type { Stage } from '../../stage.ts';
import { collection } from './collection.ts';

/** A cluster, and what is known of it. */
export interface Site {
  readonly stage: Stage;
  readonly cluster: SimulatedCluster;
  /** ms until replicas have a write. */
  readonly lag: number;
  /** The keys of the load. */
  readonly keys: readonly string[];
  /** When nodes were down, by their names. */
  readonly outages: readonly Standstill[];
  /** The faults of nodes, by their names. */
  readonly faults: Map<string, NodeFault>;
}

type Change = (site: Site, fault: PlannedFault) => Promise<unknown>;

/** Takes a node out, or brings one that is out, or a new one, in. */
const rebalance: Change = ({ cluster }, { amount = 0 }) => {
  const { nodes } = cluster;
  const out = cluster.allNodes.filter((node) => !node.isMember && node.isUp);
  if (amount % 2 === 0 && nodes.length > 1) {
    const leaving = nodes[amount % nodes.length];
    return cluster.rebalance(leaving === undefined ? {} : { remove: [leaving] });
  }
  return cluster.rebalance(out.length > 0 ? { add: out.slice(0, 1) } : {});
};

const move: Change = ({ cluster }, { amount = 0 }) => {
  const to = cluster.nodes[amount % cluster.nodes.length];
  return to === undefined ? Promise.resolve() : cluster.moveVbucket(amount, to);
};

/** Since when replicas have none of a node's writes: virtual ms. */
function cutOff({ outages, stage }: Site, { name }: SimulatedNode): number {
  const outage = outages.find(({ place, to }) => place === name && to === Infinity);
  return outage?.from ?? stage.world.now;
}

/**
 * Only while all other nodes run, every vBucket has a copy, and no copy was away from its active one: otherwise items
 * may be lost, as they would be.
 */
function maySurvive(site: Site, target: SimulatedNode): boolean {
  const { cluster, outages } = site;
  const { nodes } = cluster;
  if (nodes.length < 2 || cluster.stats().isRebalancing) return false;
  const since = cutOff(site, target);
  const areUp = nodes.every((node) => node === target || node.isUp);
  const areKnown = outages.every(({ place, to }) => place === target.name || to < since);
  return areUp && areKnown && cluster.map().every((row) => row.some((id, at) => at > 0 && id >= 0));
}

/** A node dies for so many ms. False: it does not run as a process of its own. */
function kill(stage: Stage, { id }: SimulatedNode, ms: number): boolean {
  const name = `n${id + 1}`;
  if (!stage.processes.has(name)) return false;
  stage.kill(name, 'reset');
  stage.world.after(ms, () => void stage.start(name));
  return true;
}

/** Of a node that is down already, of one that dies before, or of one that runs. */
const failover: Change = async (site, { amount = 0, ms = 0 }) => {
  const { cluster, stage } = site;
  const { nodes } = cluster;
  const target = nodes.find((node) => !node.isUp) ?? nodes[amount % nodes.length];
  if (target === undefined || !maySurvive(site, target)) return;
  const dies = target.isUp && amount > 7;
  if (dies && kill(stage, target, ms + 1000)) await stage.world.sleep(ms);
  if (target.isMember && maySurvive(site, target)) failOver(site, target);
};

/** The newest writes of the node may be lost. */
function failOver(site: Site, target: SimulatedNode): void {
  const { cluster, keys, lag, stage } = site;
  const keptUntil = cutOff(site, target) - lag;
  const lost = lag === 0 ? [] : keys.filter((key) => cluster.nodeOf(key) === target);
  stage.count(target.isUp ? 'failover of a running node' : 'failover of a dead node');
  const begun = lost.map((key) => stage.history.begin({ caller: 'cluster', key, verb: 'rollback', keptUntil }));
  cluster.failover(target);
  for (const operation of begun) stage.history.end(operation, 'done');
}

/** The collection is removed with its items, and another one of its name is made. */
const recollect: Change = async ({ cluster, keys, stage }, { ms = 0 }) => {
  const admin = cluster.collections();
  if (!admin.names.includes(`${collection.scope}.${collection.name}`)) return;
  const begun = keys
    .filter((key) => collection.has(key))
    .map((key) => stage.history.begin({ caller: 'cluster', key, verb: 'wipe' }));
  admin.dropCollection(collection.scope, collection.name);
  await stage.world.sleep(ms);
  admin.createCollection(collection.scope, collection.name);
  for (const operation of begun) stage.history.end(operation, 'done');
};

const temporaryFailure = 0x86;

/** A node is busy for a while. */
const busy: Change = async ({ cluster, faults, stage }, { amount = 0, ms = 0 }) => {
  const node = cluster.nodes[amount % cluster.nodes.length];
  if (node === undefined) return;
  faults.set(node.name, { kind: 'status', status: temporaryFailure });
  await stage.world.sleep(ms);
  faults.delete(node.name);
};

/** A node executes the next command about an item, and resets its connection. */
const lose: Change = ({ cluster, faults }, { amount = 0 }) => {
  const node = cluster.nodes[amount % cluster.nodes.length];
  if (node !== undefined) faults.set(node.name, { kind: 'lose' });
  return Promise.resolve();
};

const kinds: Readonly<Record<string, Change>> = { rebalance, move, failover, recollect, busy, lose };

/** The fault of a request about an item; one that resets the connection happens once. */
export function strikeRequests({ cluster, faults, keys, stage }: Site): void {
  const known = new Set(keys);
  cluster.fault = ({ key, node }) => {
    const fault = known.has(key) ? faults.get(node) : undefined;
    if (fault === undefined) return undefined;
    stage.count(`node ${fault.kind}`);
    if (fault.kind === 'lose') faults.delete(node);
    return fault;
  };
}

/** Plans the changes of a plan. */
export function planChanges(site: Site, faults: readonly PlannedFault[]): void {
  const { stage } = site;
  for (const fault of faults) {
    const change = kinds[fault.kind];
    if (change === undefined) continue;
    stage.world.after(fault.at, () => {
      stage.count(fault.kind);
      stage.world.note(`CHANGE ${fault.kind} ${fault.amount}`);
      const done = async (): Promise<void> => {
        try {
          await change(site, fault);
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
