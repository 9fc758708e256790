/** Starts the simulated cluster: see cluster-server.ts. */
import { fileURLToPath } from 'node:url';
import type { Daemon } from '../daemon.ts';
import { type Place, spawnPinned } from '../pinning.ts';
import type { ClusterAddress } from './entrant.ts';

const server = fileURLToPath(new URL('cluster-server.js', import.meta.url));

/** A cluster of this run. It ends with this process, however that ends. */
export interface ClusterDaemon extends Daemon {
  readonly address: ClusterAddress;
}

/** Rejects when it does not come up. */
export async function startCluster(place: Place): Promise<ClusterDaemon> {
  const child = spawnPinned(place, process.execPath, [server], ['ignore', 'ignore', 'inherit', 'ipc']);
  const address = await new Promise<ClusterAddress>((resolve, reject) => {
    child.once('message', (message) => resolve(message as ClusterAddress));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the simulated cluster ended with ${code}`)));
  });
  return { port: 0, pid: child.pid ?? 0, address, stop: () => child.kill('SIGKILL') };
}
