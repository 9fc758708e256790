/** The built program `memcached`, as suites start and stop it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const program = fileURLToPath(new URL('../dist/bundle/memcached.cjs', import.meta.url));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'memfleet-memcached-server-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface Running {
  readonly process: ChildProcess;
  readonly stderr: Promise<string>;
  readonly ports: Readonly<Record<string, number>>;
}

/** Waits until something in the folder of `file` makes the condition true. */
function until(file: string, condition: () => boolean): Promise<void> {
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
async function start(...words: readonly string[]): Promise<Running> {
  const file = join(folder(), 'ports');
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
async function ask(where: NetConnectOpts, request: string, end = '\r\n'): Promise<string> {
  const socket = connect(where);
  let reply = '';
  socket.on('data', (chunk: Buffer) => {
    reply += chunk.toString('latin1');
    if (reply.endsWith(end)) socket.destroy();
  });
  socket.on('error', () => {});
  socket.write(request);
  await once(socket, 'close');
  return reply;
}

test('-V and -h print their first line as memcached does, and a wrong value ends with a code that is not 0', () => {
  const run = (...words: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [program, ...words], {
      encoding: 'utf8',
      env: { ...process.env, MEMCACHED_VERSION: '' },
    });
  const env = { ...process.env, MEMCACHED_VERSION: '1.6.29' };
  expect(spawnSync(process.execPath, [program, '-h'], { encoding: 'utf8', env }).stdout).toMatch(
    /^memcached 1\.6\.29\n/,
  );
  expect(run('-V', '-c', '0')).toMatchObject({ status: 0, stdout: 'memcached 1.6.18\n', stderr: '' });
  expect(run('-B', 'http')).toMatchObject({ status: 64, stdout: '' });
  expect(run('-l', 'nowhere.invalid')).toMatchObject({ status: 71, stdout: '' });
});

test('-p -1 -U -1 listens on free ports and writes them down', async () => {
  const { ports } = await start('-p', '-1', '-U', '-1', '-l', '127.0.0.1');
  expect(Object.keys(ports)).toEqual(['TCP INET', 'UDP INET']);
  expect(await ask({ host: '127.0.0.1', port: ports['TCP INET'] ?? 0 }, 'version\r\n')).toBe('VERSION 1.6.18\r\n');
});

test.each([
  ['SIGINT', ''],
  ['SIGTERM', ''],
  ['SIGUSR1', 'Gracefully stopping\n'],
] as const)('%s ends it with exit code 0 and frees the port', async (signal, said) => {
  const { process: child, stderr, ports } = await start('-p-1', '-l127.0.0.1');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await stderr).toBe(said);
  await start('-p', String(ports['TCP INET']), '-l', '127.0.0.1');
});

test.each(['shutdown', 'shutdown graceful'])('%s ends it when -A allows it', async (request) => {
  const { process: child, ports } = await start('-p-1', '-l127.0.0.1', '-A');
  const exit = once(child, 'exit');
  await ask({ host: '127.0.0.1', port: ports['TCP INET'] ?? 0 }, `${request}\r\n`);
  expect(await exit).toEqual([0, null]);
});

test('-s listens on a Unix socket with the permissions of -a', async () => {
  const path = join(folder(), 'socket');
  const child = spawn(process.execPath, [program, '-s', path, '-a', '0750'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(path, () => existsSync(path) && (statSync(path).mode & 0o777) === 0o750);
  expect(await ask({ path }, 'mn\r\n')).toBe('MN\r\n');
});

test('-d leaves a daemon behind, whose process id is in the file of -P until it ends', async () => {
  const pidFile = join(folder(), 'pid');
  const parent = await start('-d', '-P', pidFile, '-p', '-1', '-l', '127.0.0.1').catch(() => undefined);
  await until(pidFile, () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));
  const pid = Number(readFileSync(pidFile, 'utf8'));
  process.kill(pid, 'SIGTERM');
  await until(pidFile, () => !existsSync(pidFile));
  expect(parent?.process.pid).not.toBe(pid);
});

test('-Y lets in who knows a password of the file, and reads the file again at SIGHUP', async () => {
  const file = join(folder(), 'users');
  writeFileSync(file, 'ada:one\n');
  const { process: child, ports } = await start('-p-1', '-l127.0.0.1', '-Y', file);
  const where = { host: '127.0.0.1', port: ports['TCP INET'] ?? 0 };
  expect(await ask(where, 'get a\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
  expect(await ask(where, 'set auth 0 0 7\r\nada one\r\nget a\r\n', 'END\r\n')).toBe('STORED\r\nEND\r\n');
  writeFileSync(file, 'ada:two\n');
  child.kill('SIGHUP');
  let reply = '';
  while (reply !== 'STORED\r\n') reply = await ask(where, 'set auth 0 0 7\r\nada two\r\n');
});
