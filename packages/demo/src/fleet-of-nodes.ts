/** The nodes of a run: three processes of ours, or those of the user. */
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChildProgram } from './child-program.ts';
import { UsageError } from './failure.ts';
import type { ClusterProcess } from './scenes/cluster-process.ts';

/** The nodes of a run. */
export interface Fleet {
  /** `given` nodes are somebody's: they are never stopped. */
  readonly kind: 'embedded' | 'memcached' | 'given' | 'simulated';
  /** Where the nodes are those of a cluster. */
  readonly cluster?: ClusterProcess;
  /** The nodes' addresses, in order. */
  readonly names: readonly string[];
  /** Kills the node at an index. Only nodes that the demo started can be killed. */
  stop?(index: number): Promise<void>;
  /** Brings it back on the same port: a node of a cluster with its items, others empty. */
  restart?(index: number): Promise<void>;
  /** Kills the processes that were started. Idempotent. */
  close(): Promise<void>;
}

/** Called when a node ends by itself. */
export type OnLost = (name: string, why: string) => void;

/** How many nodes are started. */
export const nodeCount = 3;

/** Somebody's nodes, as `memfleet` names them. */
export function givenFleet(names: readonly string[]): Fleet {
  return { kind: 'given', names, close: async () => {} };
}

/**
 * Ports are drawn from here: below those that the system gives to outgoing connections, so that none of these takes the
 * port of a stopped node.
 */
const lowestPort = 20_000;
const portCount = 10_000;
const attempts = 20;

/** Starts nodes. Rejects when one does not come up; nothing is left running then. */
export async function startFleet(kind: 'embedded' | 'memcached', onLost: OnLost): Promise<Fleet> {
  const launch = kind === 'embedded' ? launchEmbedded : launchMemcached;
  const ports: number[] = [];
  const programs: ChildProgram[] = [];
  const nameOf = (index: number): string => `127.0.0.1:${ports[index]}`;
  const start = async (index: number, attempt = 1): Promise<void> => {
    const port = ports[index] ?? lowestPort + Math.floor(Math.random() * portCount);
    try {
      const program = await launch(port);
      [ports[index], programs[index]] = [port, program];
      void program.onLost((why) => onLost(nameOf(index), why));
    } catch (error) {
      const isTaken = ports[index] === undefined && /EADDRINUSE|in use/i.test((error as Error).message);
      if (!isTaken || attempt === attempts) throw error;
      await start(index, attempt + 1);
    }
  };
  const close = async (): Promise<void> => void (await Promise.all(programs.map((program) => program.stop())));
  const starts = await Promise.allSettled(Array.from({ length: nodeCount }, (_, index) => start(index)));
  const failure = starts.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await close();
    const { message } = failure.reason as Error;
    if (message !== 'spawn memcached ENOENT') throw new Error(`a node could not be started: ${message}`);
    throw new UsageError(
      'there is no memcached on the PATH (Debian: apt install memcached); without --real the embedded server is used',
    );
  }
  const stop = async (index: number): Promise<void> => void (await programs[index]?.stop());
  return { kind, names: starts.map((_, index) => nameOf(index)), stop, restart: start, close };
}

async function launchEmbedded(port: number): Promise<ChildProgram> {
  const program = ChildProgram.memfleet('server', '--listen', `127.0.0.1:${port}`);
  await program.up(program.message());
  return program;
}

async function launchMemcached(port: number): Promise<ChildProgram> {
  // Daemons lie in directories that are not on every user's PATH. Without -u memcached refuses to run as root; for
  // everybody else -u means nothing.
  // What npm puts on the PATH is the embedded server under that name.
  const ofUser = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((one) => !one.endsWith(join('node_modules', '.bin')));
  const path = [...ofUser, '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);
  const args = ['-u', userInfo().username, '-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '64'];
  const program = new ChildProgram('memcached', args, { ...process.env, PATH: path });
  await program.up(accepting(port, program));
  return program;
}

/** Fulfils when somebody accepts on a port; gives up with the program. */
async function accepting(port: number, { ended }: ChildProgram): Promise<void> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  const accepts = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true) ?? socket.destroy());
      socket.once('error', () => resolve(false));
    });
  while (!(await accepts())) {
    if (isOver) return new Promise(() => {});
    await sleep(10);
  }
}
