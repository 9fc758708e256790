/** The cluster of the scenario `couchbase`. */
import { createCluster, type SimulatedCluster } from 'memfleet/testing';
import type { Standstill } from '../../check/bounds.ts';
import { isOn, numberIn, type Plan } from '../../plan.ts';
import type { Stage } from '../../stage.ts';
import { nodeNames } from '../fleet/plan.ts';
import { collection } from './collection.ts';

const dataPort = 11_210;

/** A cluster, and when its nodes were down, by their names `host:port`. */
export interface RunningCluster {
  readonly cluster: SimulatedCluster;
  readonly outages: readonly Standstill[];
}

/** Starts it: each node is a host, and keeps its items when it dies. */
export async function startCluster(stage: Stage, { options, seed }: Plan): Promise<RunningCluster> {
  const { world } = stage;
  const names = nodeNames(options);
  // Nodes that are added later have hosts of their own.
  const nameOf = (id: number): string => names[id] ?? `n${id + 1}`;
  const cluster = createCluster({
    nodes: names.length,
    replicas: numberIn(options, 'replicas'),
    vbuckets: 16,
    moveDelay: numberIn(options, 'moveDelay'),
    replicaLag: numberIn(options, 'lag'),
    ...(isOn(options, 'unordered') ? { shuffle: seed } : {}),
    host: '10.0.2.1',
    port: dataPort,
    networkOf: (id) => world.host(nameOf(id)).options.network,
    ...world.host('cluster').options,
  });
  const outages: Standstill[] = [];
  await cluster.listen();
  if (isOn(options, 'collections')) {
    cluster.collections().createScope(collection.scope);
    cluster.collections().createCollection(collection.scope, collection.name);
  }
  for (const [id, name] of names.entries()) {
    const node = cluster.allNodes[id];
    if (node === undefined) continue;
    let isFirst = true;
    const start = async (): Promise<void> => {
      if (!isFirst) await cluster.startNode(node);
      isFirst = false;
      const at = outages.findIndex(({ place, to }) => place === node.name && to === Infinity);
      const outage = outages[at];
      if (outage !== undefined) outages[at] = { ...outage, to: world.now };
    };
    const ended = (): void => {
      outages.push({ place: node.name, from: world.now, to: Infinity });
      void cluster.killNode(node);
    };
    await stage.add(name, { host: world.host(name), start, ended });
  }
  return { cluster, outages };
}
