/** The command line: the messages for mistakes, and the small commands. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from 'memfleet';
import { expect, test } from 'vitest';
import { captureOutput, runWords } from './support/captured.ts';
import { firstWords, program, startWithChannel } from './support/program.ts';
import { runMemfleet } from './support/run.ts';

captureOutput();

test.each([
  ['dmeo', "unknown command 'dmeo'", 'Did you mean demo?'],
  ['help prxy', "unknown command 'prxy'", 'Did you mean proxy?'],
  ['server --listen nowhere', "'nowhere' is invalid", ''],
  ['server --memory 64', "'64' is invalid", 'with its unit'],
  ['server --advertise-version é', "'é' is invalid", 'printable ASCII characters'],
  ['server --user bob', 'has no name and password', ''],
  ['server --max-item-size 256m', "'--max-item-size' (256 MB) must not be above '--memory' (64 MB)", ''],
])('memfleet %s: exit code 2 and "%s"', async (line, message, more) => {
  const { code, stderr } = await runWords(...line.split(' '));
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).toContain(more);
});

test('memfleet server serves until a signal stops it', async () => {
  const server = runMemfleet(['server', '--listen', '127.0.0.1:0', '--memory', '8m', '--user', 'bob:secret']);
  const [, node = ''] = await server.shows(/listens on (\S+) \(8 MB, items up to 1 MB, 1024 connections\)/);
  const client = createClient({ nodes: node, username: 'bob', password: 'secret' });
  expect(await client.set('key', 'value')).toBe(true);
  expect(await client.get('key')).toBe('value');
  await client.close();
  server.process.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
});

test.each(['SIGINT', 'SIGTERM', 'SIGUSR1'] as const)('a server that %s stops ends with exit code 0', async (signal) => {
  const server = runMemfleet(['server', '--listen', '127.0.0.1:0']);
  await server.shows(/listens on/);
  server.process.kill(signal);
  expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
});

test('standard input is stored as bytes, and get --raw prints them', async () => {
  const server = runMemfleet(['server', '--listen', '127.0.0.1:0']);
  const [, nodes = ''] = await server.shows(/listens on (\S+)/);
  const bytes = Buffer.from([0, 0xff, 0x0d, 0x0a, 0xc3, 0x28]);
  const run = (...words: string[]): Buffer =>
    execFileSync(program, [...firstWords, ...words, '--nodes', nodes, '--timeout', '9000'], { input: bytes });
  expect(run('set', 'key', '-')).toEqual(Buffer.alloc(0));
  expect(run('get', '--raw', 'key')).toEqual(bytes);
  server.process.kill('SIGTERM');
  await server.ended;
});

test('memfleet server --allow-shutdown ends by the command of a client, and refuses it otherwise', async () => {
  const refusing = runMemfleet(['server', '--listen', '127.0.0.1:0']);
  const server = runMemfleet(['server', '--listen', '127.0.0.1:0', '--allow-shutdown']);
  const ask = async (run: typeof server): Promise<string> => {
    const [, where = ''] = await run.shows(/listens on 127\.0\.0\.1:(\d+)/);
    const socket = createConnection(Number(where), '127.0.0.1');
    socket.write('shutdown\r\nquit\r\n');
    return text(socket);
  };
  expect(await ask(refusing)).toBe('ERROR: shutdown not enabled\r\n');
  expect(await ask(server)).toBe('');
  expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
  refusing.process.kill('SIGTERM');
  await refusing.ended;
});

test('memfleet server ends by SIGTERM although its parent holds a channel to it', async () => {
  const server = startWithChannel(['server', '--listen', '127.0.0.1:0'], 'ignore');
  await once(server, 'message');
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
