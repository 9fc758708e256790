/** `bench server`: the embedded server against memcached with one thread. */
import { type Daemon, freePort, startDaemon, startMemcached } from '../daemon.ts';
import { type Bout, contest, type Side } from '../load/contest.ts';
import type { LoadTarget } from '../load/load-target.ts';
import { descriptorLimit, report } from '../load/report.ts';
import { chooseLoads, load, type LoadWorkload } from '../load/workload.ts';
import { pinSelf } from '../pinning.ts';
import { memfleetProgram } from '../programs.ts';
import type { Settings } from '../settings.ts';

const idleConnections = 10_000;

const workloads: readonly LoadWorkload[] = [
  load('get-c50-d1', 'get', 50),
  load('get-c500-d1', 'get', 500),
  load('get-c50-d32', 'get', 50, { depth: 32 }),
  load('set-c50-d1', 'set', 50),
  load('set-c50-d32', 'set', 50, { depth: 32 }),
  load('mget50-c50', 'get', 50, { batch: 50 }),
  load('get4k-c50-d1', 'get', 50, { size: 4096 }),
  load('churn-c50', 'churn', 50),
  load('idle', 'idle', idleConnections),
];

const targets: readonly LoadTarget[] = [
  { workload: 'get-c50-d1', kind: 'rate', bound: 0.55 },
  { workload: 'get-c500-d1', kind: 'rate', bound: 0.55 },
  { workload: 'get-c50-d32', kind: 'rate', bound: 4 },
  { workload: 'set-c50-d1', kind: 'rate', bound: 0.4 },
  { workload: 'set-c50-d32', kind: 'rate', bound: 0.7 },
  { workload: 'mget50-c50', kind: 'rate', bound: 0.5 },
  { workload: 'get4k-c50-d1', kind: 'rate', bound: 0.4 },
  { workload: 'churn-c50', kind: 'rate', bound: 0.35 },
  { workload: 'idle', kind: 'idle', bound: 6 },
];

async function startMemfleetServer(): Promise<Daemon> {
  const port = await freePort();
  const args = [
    memfleetProgram,
    'server',
    '--listen',
    `127.0.0.1:${port}`,
    '--memory',
    '1g',
    '--max-connections',
    '16384',
  ];
  return startDaemon('test', process.execPath, args, port);
}

const sideOf = ({ port, pid }: Daemon): Side => ({ port, pid, nodePids: [] });

/** A new pair of processes. */
async function startBoth(): Promise<{ ours: Side; theirs: Side; close: () => void }> {
  const [ours, theirs] = await Promise.all([startMemfleetServer(), startMemcached('test')]);
  const close = (): void => [ours, theirs].forEach((daemon) => daemon.stop());
  return { ours: sideOf(ours), theirs: sideOf(theirs), close };
}

/** `bench server`. */
export async function serverCommand(settings: Settings): Promise<void> {
  const unknown = settings.only.find((name) => name !== 'memcached');
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; known: memcached`);
  const limit = descriptorLimit();
  const chosen = chooseLoads(workloads, settings.workloads);
  const possible = chosen.filter((workload) => workload.connections + 64 < limit);
  pinSelf('rest');
  const both = await startBoth();
  const shared = (): ReturnType<typeof startBoth> => Promise.resolve({ ...both, close: () => {} });
  // The memory of idle connections is taken of processes that have done nothing else.
  const bouts: Bout<LoadWorkload>[] = possible.map((workload) => ({
    workload,
    other: 'memcached',
    open: workload.operation === 'idle' ? startBoth : shared,
  }));
  const { pairs, failures } = await contest(bouts, settings);
  both.close();
  report({ against: 'memcached', targets, hasNodes: false, idleConnections }, settings, pairs, failures);
  for (const { name, connections } of chosen.filter((workload) => !possible.includes(workload))) {
    console.log(`skipped: ${name} (${connections} connections; ulimit -n is ${limit})`);
  }
}
