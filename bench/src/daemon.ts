/** Servers of a run: started on free ports, all at once, stopped at the end whatever happens. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Place, spawnPinned } from './pinning.ts';
import { requireProgram } from './programs.ts';

/** A server process of this run. */
export interface Daemon {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => process.exit(130));
}

const given = new Set<number>();

/** A TCP port on 127.0.0.1 that is free now, and that was not given before: who got one may not listen yet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await anyPort();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const startTimeout = 10_000;

/** Starts a program that will listen on `port`, and waits until it does. */
export async function startDaemon(
  place: Place | undefined,
  program: string,
  args: readonly string[],
  port: number,
  env?: NodeJS.ProcessEnv,
): Promise<Daemon> {
  const child = spawnPinned(place, program, args, ['ignore', 'ignore', 'inherit'], env);
  running.add(child);
  let isGone = false;
  child.once('error', () => {
    isGone = true;
  });
  child.once('exit', () => {
    isGone = true;
    running.delete(child);
  });
  const giveUp = performance.now() + startTimeout;
  while (!(await accepts(port))) {
    if (isGone || performance.now() > giveUp) throw new Error(`${program} ${args.join(' ')} did not begin to listen`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // taskset replaces itself by the program, so the pid is the program's own.
  return { port, pid: child.pid ?? 0, stop: () => child.kill('SIGKILL') };
}

/** A real memcached with one worker thread, as all comparisons use it. */
export async function startMemcached(place: Place | undefined, megabytes = 1024): Promise<Daemon> {
  const port = await freePort();
  const args = [
    '-t',
    '1',
    '-U',
    '0',
    '-l',
    '127.0.0.1',
    '-p',
    String(port),
    '-m',
    String(megabytes),
    '-I',
    '2m',
    '-c',
    '16384',
  ];
  return startDaemon(place, requireProgram('memcached'), ['-u', userInfo().username, ...args], port);
}

/** Debian's redis-server without persistence: a yardstick, not a peer. */
export async function startRedis(place: Place): Promise<Daemon> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
  return startDaemon(place, requireProgram('redis-server'), args, port);
}
