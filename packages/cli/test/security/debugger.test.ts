/**
 * A signal opens Node's debugger.
 *
 * SIGUSR1 is what operators of memcached send to stop it gracefully. Node answers it by opening a port through which
 * every user of the machine can run code in the process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createClient } from 'memfleet';
import { expect, onTestFinished, test } from 'vitest';
import { RunningProxy } from '../proxy/running-proxy.ts';
import { published } from '../support/program.ts';
import { type ProgramRun, runMemfleet } from '../support/run.ts';

const nowhere = '127.0.0.1:1';

/** Several processes one after the other, on a busy machine. */
const unhurried = { timeout: 60_000 };

function start(...args: readonly string[]): ProgramRun {
  const run = runMemfleet(args);
  onTestFinished(async () => {
    run.process.kill('SIGKILL');
    await run.ended;
  });
  return run;
}

test.each([
  ['server', ['server', '--listen', '127.0.0.1:0'], /listens on/],
  ['proxy', ['proxy', '--listen', '127.0.0.1:0', '--nodes', nowhere], /ready/],
  ['proxy with workers', ['proxy', '--listen', '127.0.0.1:0', '--nodes', nowhere, '--workers', '2'], /ready/],
  ['cluster', ['cluster', '--port', '0', '--rest-port', '0', '--vbuckets', '16'], /Ctrl-C ends it/],
])('SIGUSR1 stops memfleet %s in order and opens no debugger', unhurried, async (_, args, ready) => {
  const run = start(...args);
  await run.shows(ready);
  run.process.kill('SIGUSR1');
  expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
});

test('SIGUSR1 to a worker of the proxy ends that worker in order; another one replaces it', unhurried, async () => {
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', nowhere, '--workers', '2']);
  await proxy.line('ready');
  const { workerPid, worker } = await proxy.line('worker runs');
  const died = await proxy.after(() => process.kill(workerPid as number, 'SIGUSR1'), 'worker died');
  expect(died).toMatchObject({ worker, reason: 'code 0' });
  const again = await proxy.line('worker runs', proxy.lines.indexOf(died));
  expect(again).toMatchObject({ worker });
  expect(proxy.errors).toBe('');
});

test('SIGUSR1 before the program has read its first line is a stop as well, and the debugger that it opened is closed', async () => {
  const early = `data:text/javascript,process.kill(process.pid, 'SIGUSR1')`;
  const options = ['--inspect-port=127.0.0.1:0', '--import', early];
  const child = spawn(process.execPath, [...options, published, 'server', '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('SIGUSR1 ends a command that has nothing to do in order as it ends any program', async () => {
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const run = start('get', 'key', '--nodes', `127.0.0.1:${port}`, '--timeout', '60000');
  const [socket] = (await once(silent, 'connection')) as [Socket];
  socket.on('error', () => {});
  const ended = once(run.process, 'exit');
  run.process.kill('SIGUSR1');
  expect(await ended).toEqual([null, 'SIGUSR1']);
  expect((await run.ended).stderr).toBe('');
});

test('a debugger that the command line asks for stays open', async () => {
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', published, 'server', '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  await once(child.stdout, 'data');
  const url = /ws:\/\/(\S+?)\//.exec(stderr)?.[1] as string;
  expect((await fetch(`http://${url}/json/version`)).status).toBe(200);
});

test('SIGHUP, which a terminal sends when it closes, does not end memfleet server', async () => {
  const run = start('server', '--listen', '127.0.0.1:0');
  const [, node = ''] = await run.shows(/listens on (\S+)/);
  run.process.kill('SIGHUP');
  const client = createClient(node);
  onTestFinished(() => client.destroy());
  expect(await client.set('key', 'value')).toBe(true);
  run.process.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});
