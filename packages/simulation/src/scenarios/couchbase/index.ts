import type { ClientOptions } from 'memfleet';
import { createCluster, type Host, type SimulatedCluster } from 'memfleet/testing';
import { checkKeys } from '../../check/check-keys.ts';
import { checkMembers } from '../../check/members.ts';
import { isOn, numberIn, type Options, type Plan, textIn } from '../../plan.ts';
import type { Scenario } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import { closeAll, startClients } from '../fleet/cast.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { nodeNames } from '../fleet/plan.ts';
import { type Gather, runFleet } from '../fleet/run.ts';
import { isChange, planChanges } from './changes.ts';
import { calm, planCouchbase } from './plan.ts';

const dataPort = 11_210;

/** The cluster: each node is a host, and keeps its items when it dies. */
async function startCluster(stage: Stage, { options }: Plan): Promise<SimulatedCluster> {
  const { world } = stage;
  const names = nodeNames(options);
  // Nodes that are added later have hosts of their own.
  const nameOf = (id: number): string => names[id] ?? `n${id + 1}`;
  const cluster = createCluster({
    nodes: names.length,
    replicas: numberIn(options, 'replicas'),
    vbuckets: 16,
    moveDelay: numberIn(options, 'moveDelay'),
    host: '10.0.2.1',
    port: dataPort,
    networkOf: (id) => world.host(nameOf(id)).options.network,
    ...world.host('cluster').options,
  });
  await cluster.listen();
  for (const [id, name] of names.entries()) {
    const node = cluster.allNodes[id];
    if (node === undefined) continue;
    let isFirst = true;
    const start = async (): Promise<void> => {
      if (!isFirst) await cluster.startNode(node);
      isFirst = false;
    };
    await stage.add(name, { host: world.host(name), start, ended: () => void cluster.killNode(node) });
  }
  return cluster;
}

/** The options of a client of the bucket. */
function clientOptions(options: Options, { credentials, nodes }: SimulatedCluster, host: Host): ClientOptions<string> {
  const { protocol: _, ...fleet } = fleetOf(options, host);
  return {
    ...fleet,
    nodes: nodes.map(({ name }) => name),
    replica: textIn(options, 'replica') as 'never' | 'on-error',
    couchbase: {
      ...credentials,
      bootstrap: 'data',
      pollInterval: numberIn(options, 'pollInterval'),
      unordered: isOn(options, 'unordered'),
    },
  };
}

const gather: Gather = async (stage, plan) => {
  const { options } = plan;
  const cluster = await startCluster(stage, plan);
  const clients = await startClients(stage, options, (host) => clientOptions(options, cluster, host));
  planChanges(stage, cluster, plan.faults);
  const settled = async (): Promise<void> => {
    // A client without a call does not ask for a map that it has no use for.
    for (const client of clients.values()) await Promise.allSettled([client.get('settled')]);
    await stage.world.sleep(numberIn(options, 'pollInterval') + 2000);
    const members = cluster.nodes.map(({ name }) => name);
    for (const [name, client] of clients) {
      const known = client.stats().nodes.map(({ node }) => node);
      for (const problem of checkMembers(name, known, members, stage.world.now)) stage.report(problem);
    }
  };
  return {
    clients,
    homeOf: () => undefined,
    settled,
    closers: [closeAll(clients), () => cluster.close()],
    // Calls may fail, but what was acknowledged stays. The order is not promised while vBuckets move.
    check: (keys) =>
      checkKeys(keys, {
        rule: 'C1',
        canEvict: false,
        areGetsRetried: true,
        touchesCount: true,
        keepsOrder: !plan.faults.some(isChange),
      }),
  };
};

/** Clients on a bucket, while its cluster changes. */
export const couchbase: Scenario = {
  name: 'couchbase',
  about: 'clients on a bucket of a cluster whose vBuckets move',
  sometimes: ['rebalance', 'move', 'failover', 'topology', 'eject', 'readmit', 'ERR_TIMEOUT'],
  calm,
  plan: planCouchbase,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
