/** The program memcached as a process of this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statSync, watch } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setImmediate } from '../../base/real-time.ts';
import { MemcacheError } from '../../core/errors.ts';

/** Where daemons lie that are not on every user's PATH. */
const daemonDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** npm puts the programs of packages on the PATH: the `memcached` there is memfleet's own. */
const isOfSystem = (directory: string): boolean =>
  directory !== '' && !directory.endsWith(join('node_modules', '.bin'));

/** The full path of a program; undefined where this machine does not have it. */
export function findProgram(name: string): string | undefined {
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

/** A process of memcached. */
export interface MemcachedProcess {
  /** Its TCP port on 127.0.0.1; 0 when it listens on a Unix socket (`-s path`). */
  readonly port: number;
  readonly pid: number;
  /** Kills it and waits until it is gone. Idempotent. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** No process outlives this one. */
function keep(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', killAll);
  running.add(child);
}

function release(child: ChildProcess): void {
  if (running.delete(child) && running.size === 0) process.off('exit', killAll);
}

/** The argument behind `flag`. */
function argument(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

/** The port that memcached wrote down once it listened. */
function writtenPort(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const port = Number(/^TCP INET: (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1]);
  return Number.isInteger(port) ? port : undefined;
}

/** Whether somebody listens there. */
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
  while (!given.aborted && !(await accepts(path))) await new Promise<void>((resolve) => setImmediate(resolve));
  return 0;
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

/**
 * Starts memcached on a free port of 127.0.0.1 (or on `-p port`, or on `-s path`) and waits until it listens: memcached
 * writes its port into the file that MEMCACHED_PORT_FILENAME names, so nothing has to be guessed, and nobody can take
 * the port in between. Rejects with a MemcacheError where there is no memcached, or it ends at once.
 */
export async function startMemcached(args: readonly string[] = []): Promise<MemcachedProcess> {
  const program = findProgram('memcached');
  if (program === undefined) throw new MemcacheError(howToInstall);
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-memcached-'));
  const portFile = join(directory, 'port');
  const socketPath = argument(args, '-s');
  const where =
    socketPath !== undefined ? [] : args.includes('-p') ? ['-l', '127.0.0.1'] : ['-l', '127.0.0.1', '-p', '-1'];
  const child = spawn(program, ['-u', userInfo().username, '-U', '0', ...where, ...args], {
    env: { ...process.env, MEMCACHED_PORT_FILENAME: portFile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  keep(child);
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const ended = new AbortController();
  const failed = gone.then(() => {
    release(child);
    ended.abort();
    rmSync(directory, { recursive: true, force: true });
    if (socketPath !== undefined) rmSync(socketPath, { force: true });
    throw new MemcacheError(`memcached ${args.join(' ')} ended at once: ${complaint.trim()}`);
  });
  failed.catch(() => {});
  const listens =
    socketPath === undefined ? listening(directory, portFile, ended.signal) : accepting(socketPath, ended.signal);
  const port = await Promise.race([listens, failed]);
  const stop = (): Promise<void> => {
    child.kill('SIGKILL');
    return gone;
  };
  return { port, pid: child.pid ?? 0, stop };
}

const howToInstall =
  'there is no memcached on the PATH: install it (Debian, Ubuntu: apt-get install memcached; Fedora: dnf install memcached; macOS: brew install memcached), or use startServer, which needs none';
