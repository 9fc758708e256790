/** A simulated Couchbase cluster: a node dies and returns; a node joins, another leaves, and the client follows. */
import { createClient, transcoders } from 'memfleet';
import { nodeCount } from '../fleet-of-nodes.ts';
import { seededRandom } from '../random.ts';
import { clientSubject, type Scene } from '../scene.ts';
import { makeClusterSchedule, moveDelay } from '../schedule.ts';
import { ClusterProcess } from './cluster-process.ts';
import { pooled } from './pooled.ts';
import { Rebalances } from './rebalances.ts';

/** Few enough to see them move. */
const vbuckets = 64;

/** `--couchbase`. */
export const couchbase: Scene = {
  ...pooled,
  flag: {
    name: 'couchbase',
    about: 'on a simulated Couchbase cluster: a node dies and returns, then a node joins and another leaves',
    conflicts: ['real', 'nodes', 'proxy'],
  },
  introduction: {
    nodes: () => `  map      ${vbuckets} vBuckets, one replica of each; columns show connections/vBuckets`,
  },
  openFleet: async ({ seconds }, onLost) => {
    const settings = { nodes: nodeCount, vbuckets, moveDelay: moveDelay(seconds, vbuckets / (nodeCount + 1)) };
    const cluster = await ClusterProcess.start(settings, (why) => onLost('the cluster', why));
    return {
      kind: 'simulated',
      cluster,
      get names() {
        return cluster.names;
      },
      stop: (index) => cluster.change(`kill ${cluster.names[index]}`),
      restart: (index) => cluster.change(`start ${cluster.names[index]}`),
      close: () => cluster.stop(),
    };
  },
  makeSchedule: ({ seconds }) => makeClusterSchedule(seconds),
  openSubject: async (run) => {
    const cluster = run.fleet.cluster as ClusterProcess;
    const { seeds, credentials } = cluster;
    const random = seededRandom(run.options.seed);
    const subject = clientSubject(
      createClient({ nodes: seeds, couchbase: credentials, transcoder: transcoders.bytes, random }),
    );
    return { ...subject, acts: new Rebalances(run, subject, cluster) };
  },
};
