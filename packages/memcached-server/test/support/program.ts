/** The built program `memcached`, started, asked and watched by tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The file of the program. */
export const program: string = fileURLToPath(new URL('../../dist/bundle/memcached.cjs', import.meta.url));
if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\``);

/** An empty folder of the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'memfleet-memcached-server-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A program that listens. */
export interface Running {
  readonly process: ChildProcess;
  readonly stderr: Promise<string>;
  readonly ports: Readonly<Record<string, number>>;
}

/** Waits until something in the folder of `file` makes the condition true. */
export function until(file: string, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!condition()) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(dirname(file), look);
    onTestFinished(() => watcher.close());
    look();
  });
}

/** Starts it on a free port, which it writes into a file. */
export async function start(...words: readonly string[]): Promise<Running> {
  const file = join(folder(), 'ports');
  // `-u` gives up the rights of root before it is written.
  chmodSync(dirname(file), 0o777);
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MEMCACHED_PORT_FILENAME: file },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const stderr = text(child.stderr);
  await Promise.race([until(file, () => existsSync(file)), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error(await stderr);
  const lines = readFileSync(file, 'utf8').matchAll(/^(\w+ \w+): (\d+)$/gm);
  return {
    process: child,
    stderr,
    ports: Object.fromEntries([...lines].map(([, name, port]) => [name, Number(port)])),
  };
}

/** Sends a request and reads until the reply ends with `end`, or the connection does. */
export async function ask(where: NetConnectOpts, request: string, end = '\r\n'): Promise<string> {
  const socket = connect(where);
  let reply = '';
  socket.on('data', (chunk: Buffer) => {
    reply += chunk.toString('latin1');
    if (reply.endsWith(end)) socket.destroy();
  });
  socket.on('error', () => {});
  socket.write(request, 'latin1');
  await once(socket, 'close');
  return reply;
}
