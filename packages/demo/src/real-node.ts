/** A real memcached. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launch } from './node-process.ts';

/** Where daemons lie that are not on every user's PATH. */
const daemonDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The full path of the `memcached` program, or undefined when this machine has none. */
export function findMemcached(path: string = process.env['PATH'] ?? ''): string | undefined {
  const directories = [...path.split(delimiter).filter((directory) => directory !== ''), ...daemonDirectories];
  return directories.map((directory) => join(directory, 'memcached')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes the function that launches `program`. */
export function memcachedLauncher(program: string): (port: number) => Launch {
  return (port) => {
    // Without -u it refuses to run as root; for everybody else -u means nothing.
    const args = ['-u', userInfo().username, '-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '64'];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new AbortController();
    child.once('close', () => ended.abort());
    return { process: child, listening: accepting(port, ended.signal) };
  };
}

async function accepting(port: number, ended: AbortSignal): Promise<void> {
  while (!(await accepts(port)) && !ended.aborted) await sleep(10);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
