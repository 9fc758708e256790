import { onTestFinished } from 'vitest';
import { type ClusterOptions, createCluster, type SimulatedCluster } from '../../../src/testing/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A cluster that listens until the test ends. */
export async function startCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const cluster = createCluster(options);
  onTestFinished(() => cluster.destroy());
  await cluster.listen();
  return cluster;
}

/** A cluster that makes one step of a rebalance after every 20 requests: each map is used before the next one comes. */
export async function startPacedCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const clock = new FakeClock();
  const step = 10;
  const cluster = await startCluster({ ...options, clock, moveDelay: step });
  let requests = 0;
  cluster.fault = () => {
    if (++requests % 20 === 0) clock.advance(step);
    return undefined;
  };
  return cluster;
}

/** A key of which a node has the active copy. */
export function keyOn(cluster: SimulatedCluster, node: { readonly id: number }, prefix = 'key'): string {
  for (let n = 0; ; n++) if (cluster.nodeOf(`${prefix}${n}`)?.id === node.id) return `${prefix}${n}`;
}
