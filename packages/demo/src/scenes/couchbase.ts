/** A simulated Couchbase cluster: a node comes, later one leaves, and the client follows the vBuckets. */
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
    about: 'on a simulated Couchbase cluster: in place of the outage a node joins, and later one leaves',
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
