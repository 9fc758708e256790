import { createClient } from 'memfleet';
import { checkKeys, type KeyReport } from '../../check/check-keys.ts';
import { byNode } from '../../check/ejections.ts';
import { checkLists, inListOrder, type Listed, markMoved } from '../../check/lists.ts';
import type { Operation } from '../../history.ts';
import { isOn, keysOf, type Options, type Plan } from '../../plan.ts';
import type { Problem } from '../../problem.ts';
import type { Scenario } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import { closeAll, startClients, startNodes } from '../fleet/cast.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { clientNames, nodesOf } from '../fleet/plan.ts';
import { type Gather, mayRetryGets, runFleet } from '../fleet/run.ts';
import { calm, planTopology } from './plan.ts';

/** The nodes of a list, by the bits of a number; one at least. */
function nodesIn(options: Options, bits: number): readonly string[] {
  const nodes = nodesOf(options);
  const listed = nodes.filter((_, index) => (bits & (1 << index)) !== 0);
  return listed.length === 0 ? nodes : listed;
}

const all = -1;

/** The lists of all clients, by their time. */
function listsOf(stage: Stage, { faults, options }: Plan, begin: number): readonly Listed[] {
  const homes = new Map<number, Listed['homeOf']>();
  const homeIn = (bits: number): Listed['homeOf'] => {
    let homeOf = homes.get(bits);
    if (homeOf === undefined) {
      const client = createClient({ nodes: nodesIn(options, bits), ...stage.world.host('locating').options });
      homeOf = (key) => client.nodeOf(key);
      homes.set(bits, homeOf);
    }
    return homeOf;
  };
  const first = clientNames(options).map((caller) => ({ caller, from: 0, homeOf: homeIn(all) }));
  const changes = faults.filter(({ kind }) => kind === 'nodes');
  return [
    ...first,
    ...changes.map(({ amount = all, at, target }) => ({ caller: target, from: begin + at, homeOf: homeIn(amount) })),
  ];
}

/** A change of the list fails no call. */
function checkDone(key: string, operations: readonly Operation[]): Problem[] {
  return operations
    .filter(({ fate, verb }) => fate !== 'done' && verb !== 'wipe')
    .map(({ caller, endAt, error, id, verb }) => {
      return {
        rule: 'M4',
        key,
        at: endAt,
        message: `${verb} ${id} of ${caller} failed (${error}) by a change of the list`,
      };
    });
}

type Keys = ReadonlyMap<string, readonly Operation[]>;

function check(keys: Keys, { options }: Plan, lists: readonly Listed[]): KeyReport {
  const nodes = nodesIn(options, all);
  const problems: Problem[] = [];
  const parts = new Map<string, readonly Operation[]>();
  for (const [key, list] of keys) {
    problems.push(...checkLists(key, list, lists));
    if (options['strikes'] === 'none') problems.push(...checkDone(key, list));
    for (const [node, part] of byNode(markMoved(list, lists), nodes)) parts.set(`${key} on ${node}`, part);
  }
  const keepsOrder = isOn(options, 'exclusive') ? false : inListOrder(lists);
  const rules = { canEvict: false, areGetsRetried: mayRetryGets(options), keepsOrder };
  const report = checkKeys(parts, { ...rules, rule: 'M4' });
  return { ...report, problems: [...problems, ...report.problems] };
}

const gather: Gather = async (stage, plan) => {
  const { options } = plan;
  const servers = await startNodes(stage, options);
  const nodes = nodesIn(options, all);
  const clients = await startClients(stage, options, (host) => ({ nodes, ...fleetOf(options, host) }));
  for (const { amount = all, at, kind, target } of plan.faults) {
    if (kind !== 'nodes') continue;
    stage.world.after(at, () => {
      const listed = nodesIn(options, amount);
      stage.world.note(`${target}: the nodes are ${listed.join(', ')}`);
      clients.get(target)?.setNodes(listed);
    });
  }
  const lists = listsOf(stage, plan, stage.world.now);
  const keys = keysOf(plan);
  return {
    clients,
    homeOf: () => undefined,
    keysOf: () => keys,
    tracesNodes: true,
    check: (of) => check(of, plan, lists),
    closers: [closeAll(clients), closeAll(servers)],
  };
};

/** Clients whose list of nodes is replaced while they are used. */
export const topology: Scenario = {
  name: 'topology',
  about: 'clients on a fleet whose list of nodes is replaced while calls run',
  sometimes: ['topology', 'eject', 'readmit', 'ERR_TIMEOUT', 'ERR_CONNECTION_CLOSED'],
  calm,
  plan: planTopology,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
