import type { Client, ClientOptions } from 'memfleet';
import type { Host, SimulatedCluster } from 'memfleet/testing';
import { checkKeys } from '../../check/check-keys.ts';
import { checkCollection, checkMembers } from '../../check/members.ts';
import { isOn, keysOf, numberIn, type Options, type Plan, type PlannedCall, textIn } from '../../plan.ts';
import type { Scenario } from '../../scenario.ts';
import { closeAll, startClients } from '../fleet/cast.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { type Gather, runFleet } from '../fleet/run.ts';
import { planChanges, type Site, strikeRequests } from './changes.ts';
import { checkBusy } from './check-busy.ts';
import { checkCopies } from './check-copies.ts';
import { startCluster } from './cluster.ts';
import { collection } from './collection.ts';
import { calm, planCouchbase } from './plan.ts';

/** A timer for the changes of many keys may be so late: ms. */
const timerLag = 2;

type Durability = 'none' | 'majority' | 'majorityAndPersistActive' | 'persistToMajority';

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

/** The view of a client that makes a call: for its collection, and its durability. */
function viewsOf(options: Options): (client: Client, call: PlannedCall) => Client {
  const durability = textIn(options, 'durability') as Durability;
  return (client, { durable, key }) => {
    const isInCollection = isOn(options, 'collections') && collection.has(key);
    const view = isInCollection ? client.collection<unknown>(collection.scope, collection.name) : client;
    return durable === true ? view.with({ durability }) : view;
  };
}

/** C4: clients know the nodes of the newest map, and the newest id of the collection. */
async function checkMaps(
  { cluster, faults, stage }: Site,
  { options }: Plan,
  clients: ReadonlyMap<string, Client<string>>,
) {
  faults.clear();
  // A client without a call does not ask for a map that it has no use for.
  for (const client of clients.values()) await Promise.allSettled([client.get('settled')]);
  await stage.world.sleep(numberIn(options, 'pollInterval') + 2000);
  const members = cluster.nodes.map(({ name }) => name);
  for (const [name, client] of clients) {
    const known = client.stats().nodes.map(({ node }) => node);
    for (const problem of checkMembers(name, known, members, stage.world.now)) stage.report(problem);
  }
  if (!isOn(options, 'collections')) return;
  for (const [name, client] of clients) {
    const call = (): Promise<unknown> => client.collection(collection.scope, collection.name).get('settled');
    for (const problem of await checkCollection(name, call, () => stage.world.now)) stage.report(problem);
  }
}

/** The bytes that arrive within half of a timeout: a window in each round trip. */
function bytesInTime(options: Options): number {
  const roundTrip = 2 * (numberIn(options, 'latency') + numberIn(options, 'jitter'));
  return (numberIn(options, 'timeout') / 2 / roundTrip) * numberIn(options, 'window');
}

/** Whether nodes refuse calls that they may execute later. */
function isRefusing({ faults, options }: Plan): boolean {
  return options['durability'] !== 'none' || faults.some(({ kind }) => kind === 'busy' || kind === 'recollect');
}

const gather: Gather = async (stage, plan) => {
  const { faults, options } = plan;
  const { cluster, outages } = await startCluster(stage, plan);
  const clients = await startClients(stage, options, (host) => clientOptions(options, cluster, host));
  const replicaLag = numberIn(options, 'lag');
  const lag = replicaLag === 0 ? 0 : replicaLag + timerLag;
  const keys = keysOf(plan);
  const site: Site = { stage, cluster, lag, keys, outages, faults: new Map() };
  planChanges(site, faults);
  strikeRequests(site);
  const viewOf = viewsOf(options);
  return {
    clients,
    homeOf: () => undefined,
    settled: () => checkMaps(site, plan, clients),
    checkCopies: (load) => checkCopies(site, clients, load, bytesInTime(options)),
    closers: [closeAll(clients), () => cluster.close()],
    load: { viewOf, readsReplicas: options['replica'] === 'on-error' },
    // Calls may fail, but what was acknowledged stays.
    check: (of) => {
      for (const problem of checkBusy(stage.history.operations, numberIn(options, 'timeout'))) stage.report(problem);
      return checkKeys(of, {
        rule: 'C1',
        canEvict: false,
        areGetsRetried: true,
        areGetsUnordered: isRefusing(plan),
        touchesCount: true,
        keepsOrder: true,
        replicas: { lag, outages },
      });
    },
  };
};

/** Clients on a bucket, while its cluster changes. */
export const couchbase: Scenario = {
  name: 'couchbase',
  about: 'clients on a bucket of a cluster whose vBuckets move',
  sometimes: [
    'rebalance',
    'move',
    'failover of a running node',
    'failover of a dead node',
    'recollect',
    'node status',
    'node lose',
    'copies',
    'topology',
    'eject',
    'readmit',
    'ERR_TIMEOUT',
    'ERR_AMBIGUOUS_WRITE',
  ],
  rarely: ['ERR_UNKNOWN_COLLECTION'],
  calm,
  plan: planCouchbase,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
