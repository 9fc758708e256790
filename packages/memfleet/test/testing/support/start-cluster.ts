import { onTestFinished } from 'vitest';
import { type ClusterOptions, createCluster, type SimulatedCluster } from '../../../src/testing/index.ts';

/** A cluster that listens until the test ends. */
export async function startCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const cluster = createCluster(options);
  onTestFinished(() => cluster.destroy());
  await cluster.listen();
  return cluster;
}

/** A key of which a node has the active copy. */
export function keyOn(cluster: SimulatedCluster, node: { readonly id: number }, prefix = 'key'): string {
  for (let n = 0; ; n++) if (cluster.nodeOf(`${prefix}${n}`)?.id === node.id) return `${prefix}${n}`;
}
