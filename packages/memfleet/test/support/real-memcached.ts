/**
 * The real programs as judges. Where a binary is missing, its tests are skipped and so listed by name; with
 * MEMFLEET_REQUIRE_REAL=1 they fail instead, so that a machine that must have the judges cannot pass without them.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statSync, watch } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';

/** Where daemons lie that are not on every user's PATH. */
const daemonDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** npm puts the programs of packages on the PATH: the `memcached` there is ours. */
const isOfSystem = (directory: string): boolean =>
  directory !== '' && !directory.endsWith(join('node_modules', '.bin'));

/** The full path of a program, or undefined when this machine does not have it. */
export function findBinary(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter(isOfSystem);
  return [...directories, ...daemonDirectories]
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

/** True when a missing program is a failure (`.ci/run` sets it). */
export const realRequired: boolean = process.env['MEMFLEET_REQUIRE_REAL'] === '1';

/** `describe` for tests that need programs of this machine; see the head of this file. */
export function describeBinaries(names: readonly string[], title: string, body: () => void): void {
  const missing = names.filter((name) => findBinary(name) === undefined).join(', ');
  if (missing === '') {
    describe(title, body);
    return;
  }
  describe.skip(`${title} (skipped: no ${missing} here)`, body);
  // A test of its own: a failing hook would count the tests as skipped, not as failed.
  if (realRequired) {
    test(`${title}: has its judge`, () => {
      throw new Error(`MEMFLEET_REQUIRE_REAL=1, but there is no ${missing} on this machine`);
    });
  }
}

/** `describe` for tests whose judge is the real memcached. */
export function describeReal(title: string, body: () => void): void {
  describeBinaries(['memcached'], title, body);
}

/** A memcached process of this test. */
export interface RealMemcached {
  /** Its TCP port on 127.0.0.1; 0 when it listens on a Unix socket (`-s path`). */
  readonly port: number;
  readonly pid: number;
  /** Kills it and waits until it is gone. Idempotent. */
  stop(): Promise<void>;
}

const running = new Set<number>();
process.on('exit', () => {
  for (const pid of running) process.kill(pid, 'SIGKILL');
});

/** The argument behind `flag`. */
function argument(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

/** The port that memcached wrote down once it listened, when it did. */
function writtenPort(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const port = Number(/^TCP INET: (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1]);
  return Number.isInteger(port) ? port : undefined;
}

/** Is somebody listening there? */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function accepting(path: string, given: AbortSignal): Promise<number> {
  while (!given.aborted && !(await accepts(path))) await new Promise((resolve) => setImmediate(resolve));
  return 0;
}

/**
 * Starts memcached on a free port of 127.0.0.1 (or on `-p port`, or on `-s path`) and waits until it listens: memcached
 * writes its port into the file that MEMCACHED_PORT_FILENAME names, so nothing has to be guessed and nobody can take
 * the port in between.
 */
export async function startMemcached(args: readonly string[] = []): Promise<RealMemcached> {
  const binary = findBinary('memcached');
  if (binary === undefined) throw new Error('there is no memcached on this machine');
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-memcached-'));
  const portFile = join(directory, 'port');
  const socketPath = argument(args, '-s');
  const where =
    socketPath !== undefined ? [] : args.includes('-p') ? ['-l', '127.0.0.1'] : ['-l', '127.0.0.1', '-p', '-1'];
  const child = spawn(binary, ['-u', userInfo().username, '-U', '0', ...where, ...args], {
    env: { ...process.env, MEMCACHED_PORT_FILENAME: portFile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const pid = child.pid ?? 0;
  if (pid !== 0) running.add(pid);
  const ended = new AbortController();
  const failed = gone.then(() => {
    running.delete(pid);
    ended.abort();
    rmSync(directory, { recursive: true, force: true });
    if (socketPath !== undefined) rmSync(socketPath, { force: true });
    throw new Error(`memcached ${args.join(' ')} ended at once: ${complaint}`);
  });
  failed.catch(() => {});
  const listens =
    socketPath === undefined ? listening(directory, portFile, ended.signal) : accepting(socketPath, ended.signal);
  const port = await Promise.race([listens, failed]);
  const stop = (): Promise<void> => {
    child.kill('SIGKILL');
    return gone;
  };
  return { port, pid, stop };
}

/** Waits for the port file. The watch is set before the first look, so that nothing falls between. */
function listening(directory: string, file: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const watcher = watch(directory, { signal });
    const look = (): void => {
      const port = writtenPort(file);
      if (port === undefined) return;
      watcher.close();
      resolve(port);
    };
    watcher.on('change', look);
    watcher.on('error', () => watcher.close());
    look();
  });
}
