/** The built program `memcached`, as suites start and stop it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ask, folder, program, start, until } from './support/program.ts';

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

test('without -l it listens on IPv4 alone where the port is taken on IPv6', async () => {
  const other = createServer();
  onTestFinished(() => void other.close());
  // On a machine without IPv6 it takes nothing.
  other.on('error', () => {});
  const taken = await new Promise<number>((resolve) => {
    other.once('error', () => resolve(0));
    other.listen(0, '::1', () => resolve((other.address() as AddressInfo).port));
  });
  const { ports } = await start('-p', taken === 0 ? '-1' : String(taken));
  const port = ports['TCP INET'] ?? 0;
  expect(await ask({ host: '127.0.0.1', port }, 'version\r\n')).toBe('VERSION 1.6.18\r\n');
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

test('nothing is left in the folder for temporary files', () => {
  const TMPDIR = folder();
  const env = { ...process.env, TMPDIR };
  expect(spawnSync(process.execPath, [program, '-V'], { env }).status).toBe(0);
  expect(readdirSync(TMPDIR)).toEqual([]);
});
