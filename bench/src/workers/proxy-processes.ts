/** A proxy of one process or several, with the CPU time of all of them, and how clients spread over its workers. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cpuTime } from '../cpu-time.ts';
import { type Daemon, freePort, startDaemon } from '../daemon.ts';
import { memfleetProgram } from '../programs.ts';

/** A running proxy. */
export interface ProxyProcesses {
  readonly port: number;
  /** Microseconds of all processes so far. */
  cpuTime(): number;
  /** The sockets of each worker. */
  sockets(): readonly number[];
  stop(): void;
}

/** `words`: `--workers` and its like. */
export async function startProxy(node: Daemon, words: readonly string[]): Promise<ProxyProcesses> {
  const port = await freePort();
  const nodes = `127.0.0.1:${node.port}`;
  const args = [
    memfleetProgram,
    'proxy',
    '--listen',
    `127.0.0.1:${port}`,
    '--nodes',
    nodes,
    '--log-level',
    'error',
    ...words,
  ];
  // Not on one core: what several processes win is at stake.
  const daemon = await startDaemon(undefined, process.execPath, args, port);
  const workers = await childrenOf(
    daemon.pid,
    words.includes('--workers') ? Number(words[words.indexOf('--workers') + 1]) : 0,
  );
  return {
    port,
    cpuTime: () => [daemon.pid, ...workers].reduce((sum, one) => sum + cpuTime(one), 0),
    sockets: () => workers.map(socketsOf),
    stop: () => daemon.stop(),
  };
}

/** Once all of them run. */
async function childrenOf(pid: number, count: number): Promise<readonly number[]> {
  const giveUp = performance.now() + 10_000;
  for (;;) {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const found = text === '' ? [] : text.split(' ').map(Number);
    if (found.length >= count) return found;
    if (performance.now() > giveUp) throw new Error(`only ${found.length} of ${count} workers run`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}
