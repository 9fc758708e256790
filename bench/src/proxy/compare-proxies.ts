/** `bench proxy`: memfleet's proxy against nutcracker (twemproxy), with the same nodes and the same load. */
import { type Daemon, startMemcached } from '../daemon.ts';
import { type Bout, contest, type Side } from '../load/contest.ts';
import { descriptorLimit, report } from '../load/report.ts';
import { chooseLoads } from '../load/workload.ts';
import { pinSelf } from '../pinning.ts';
import type { Settings } from '../settings.ts';
import { startMemfleetProxy, startNutcracker } from './proxies.ts';
import { idleConnections, proxyTargets, type ProxyWorkload, proxyWorkloads } from './proxy-workloads.ts';

/**
 * `memcached`: no proxy at all, the same node directly: what the load generator can see at most. Compared with only
 * when asked for.
 */
const others = ['nutcracker', 'memcached'] as const;
type Other = (typeof others)[number];

function chooseOthers(only: readonly string[]): Other[] {
  const unknown = only.find((name) => !others.includes(name as Other));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; known: ${others.join(', ')}`);
  return only.length === 0 ? ['nutcracker'] : (only as Other[]);
}

/** Everything runs from the beginning, so that all meet the same phases of the machine. */
class Field {
  readonly #running = new Map<string, Promise<Daemon>>();
  readonly #nodes: readonly Daemon[];

  constructor(nodes: readonly Daemon[]) {
    this.#nodes = nodes;
  }

  #nodesOf(workload: ProxyWorkload): Daemon[] {
    return workload.nodes === 1 ? this.#nodes.slice(0, 1) : this.#nodes.slice(1);
  }

  #start(who: 'memfleet' | Other, workload: ProxyWorkload): Promise<Daemon> {
    const nodes = this.#nodesOf(workload);
    if (who === 'memfleet') return startMemfleetProxy(nodes, workload.frontCache);
    return who === 'nutcracker' ? startNutcracker(nodes) : startMemcached('test');
  }

  #shared(who: 'memfleet' | Other, workload: ProxyWorkload): Promise<Daemon> {
    const isCached = who === 'memfleet' && workload.frontCache;
    const id = `${who} ${who === 'memcached' ? 1 : workload.nodes} ${isCached}`;
    const running = this.#running.get(id) ?? this.#start(who, workload);
    this.#running.set(id, running);
    return running;
  }

  /** Starts what the bout needs. The memory of idle connections is taken of processes that have done nothing else. */
  async prepare(workload: ProxyWorkload, other: Other): Promise<Bout<ProxyWorkload>> {
    const nodePids = this.#nodesOf(workload).map((node) => node.pid);
    const sides = (ours: Daemon, theirs: Daemon): { ours: Side; theirs: Side } => ({
      ours: { port: ours.port, pid: ours.pid, nodePids },
      theirs: { port: theirs.port, pid: theirs.pid, nodePids: other === 'memcached' ? [] : nodePids },
    });
    if (workload.operation === 'idle') {
      const open = async (): ReturnType<Bout<ProxyWorkload>['open']> => {
        const fresh = [await this.#start('memfleet', workload), await this.#start(other, workload)] as const;
        return { ...sides(...fresh), close: () => fresh.forEach((daemon) => daemon.stop()) };
      };
      return { workload, other, open };
    }
    const both = sides(await this.#shared('memfleet', workload), await this.#shared(other, workload));
    return { workload, other, open: () => Promise.resolve({ ...both, close: () => {} }) };
  }

  async stop(): Promise<void> {
    for (const daemon of await Promise.all(this.#running.values())) daemon.stop();
    for (const node of this.#nodes) node.stop();
  }
}

/** `bench proxy`. */
export async function proxyCommand(settings: Settings): Promise<void> {
  const limit = descriptorLimit();
  const chosen = chooseLoads(proxyWorkloads, settings.workloads);
  const workloads = chosen.filter((workload) => workload.connections + 64 < limit);
  pinSelf('rest');
  const field = new Field(await Promise.all(Array.from({ length: 4 }, () => startMemcached('rest'))));
  const bouts: Bout<ProxyWorkload>[] = [];
  for (const other of chooseOthers(settings.only)) {
    for (const workload of workloads) bouts.push(await field.prepare(workload, other));
  }
  const { pairs, failures } = await contest(bouts, settings);
  await field.stop();
  report({ against: 'nutcracker', targets: proxyTargets, hasNodes: true, idleConnections }, settings, pairs, failures);
  for (const { name, connections } of chosen.filter((workload) => !workloads.includes(workload))) {
    console.log(`skipped: ${name} (${connections} connections; ulimit -n is ${limit})`);
  }
}
