/**
 * Sockets that were handed over: clients that come before the program listens, or while it is started anew, are served.
 */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { handedSockets } from '../src/handed-over.ts';
import { embedded } from './proxy/embedded.ts';
import { scratch } from './proxy/scratch.ts';
import { TextClient } from './proxy/text-client.ts';
import { Holder } from './support/holder.ts';

/** Several processes one after the other, on a busy machine. */
const unhurried = { timeout: 60_000 };

test.each([
  ['by LISTEN_FDS', []],
  ['by --listen fd:3', ['--listen', 'fd:3']],
])('memfleet server serves a client that connected before it was started, %s', async (_, args) => {
  const holder = await Holder.open(1);
  const client = await TextClient.open(holder.addresses[0] as string);
  client.send('set a 0 0 1\r\n1\r\nget a\r\n');
  const run = await holder.run(['server', ...args]);
  expect(await client.until('END\r\n')).toBe('STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n');
  expect(holder.output).toContain(`listens on ${holder.addresses[0]} `);
  process.kill(run.pid, 'SIGTERM');
  expect(await run.ended).toBe(0);
});

test('while memfleet server is started anew, clients wait and nobody is refused', unhurried, async () => {
  const holder = await Holder.open(1);
  const [address] = holder.addresses as [string];
  for (let round = 0; round < 2; round++) {
    const client = await TextClient.open(address);
    client.send('version\r\n');
    const run = await holder.run(['server']);
    expect(await client.until('\r\n')).toMatch(/^VERSION /);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(0);
  }
});

test('memfleet server with several handed-over sockets requires --listen fd:N', async () => {
  const holder = await Holder.open(2);
  const run = await holder.run(['server']);
  expect(await run.ended).toBe(2);
  expect(holder.output).toContain('several sockets were handed over');
});

test.each([
  ['one process', []],
  ['workers', ['--workers', '2']],
])('memfleet proxy listens on every socket, under its name: %s', unhurried, async (_, args) => {
  const holder = await Holder.open(2);
  const clients = await Promise.all(holder.addresses.map((address) => TextClient.open(address)));
  for (const client of clients) client.send('set a 0 0 1\r\n1\r\n');
  const run = await holder.run(['proxy', '--nodes', await embedded(), ...args], 'apps:web');
  for (const client of clients) expect(await client.until('\r\n')).toBe('STORED\r\n');
  await holder.shows(/"ready"/);
  expect(holder.output).toContain(`"listener":"apps","address":"${holder.addresses[0]}"`);
  expect(holder.output).toContain(`"listener":"web","address":"${holder.addresses[1]}"`);
  process.kill(run.pid, 'SIGTERM');
  expect(await run.ended).toBe(0);
});

test('the log names a socket that no listener has', async () => {
  const holder = await Holder.open(2);
  await holder.run(['proxy', '--listen', 'fd:3', '--nodes', await embedded()], 'apps:web');
  await holder.shows(/"fd":4,"name":"web","message":"a socket was handed over that no listener has"/);
});

test(
  'when all workers die at once, the proxy ends, so that it is started anew with its sockets',
  unhurried,
  async () => {
    const holder = await Holder.open(1);
    const run = await holder.run(['proxy', '--nodes', await embedded(), '--workers', '2']);
    await holder.shows(/"ready"/);
    const pids = [...holder.output.matchAll(/"workerPid":(\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(2);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expect(await run.ended).toBe(1);
    const client = await TextClient.open(holder.addresses[0] as string);
    client.send('version\r\n');
    await holder.run(['proxy', '--nodes', await embedded(), '--workers', '2']);
    expect(await client.until('\r\n')).toMatch(/^VERSION /);
  },
);

test.each([1, 2])('a socket that a reload has closed cannot come back: %i worker', unhurried, async (workers) => {
  const holder = await Holder.open(1);
  const config = (first: string): string => `
listeners:
  - ${first}
  - { name: other, listen: '127.0.0.1:0', route: main }
clusters: { main: { nodes: ['127.0.0.1:1'] } }
workers: ${workers}
watch: false
`;
  const handed = config("{ name: handed, listen: 'fd:3', route: main }");
  const at = scratch({ 'proxy.yml': handed });
  const run = await holder.run(['proxy', '--config', at('proxy.yml')]);
  await holder.shows(/"ready"/);
  writeFileSync(at('proxy.yml'), config("{ name: fresh, listen: '127.0.0.1:0', route: main }"));
  process.kill(run.pid, 'SIGHUP');
  await holder.shows(/"reloaded"/);
  writeFileSync(at('proxy.yml'), handed);
  process.kill(run.pid, 'SIGHUP');
  await holder.shows(/fd:3 was closed with its listener[^\n]*"reload refused"/);
});

test('a descriptor that is no socket is refused by name', async () => {
  const holder = await Holder.open(1);
  const run = await holder.run(['server', '--listen', 'fd:99']);
  expect(await run.ended).toBe(1);
  expect(holder.output).toMatch(/^memfleet: cannot listen on fd:99: /m);
});

test('sockets are for the process that LISTEN_PID names', () => {
  expect(handedSockets({ LISTEN_FDS: '2', LISTEN_PID: '7', LISTEN_FDNAMES: 'a:b' }, 7)).toEqual([
    { fd: 3, name: 'a' },
    { fd: 4, name: 'b' },
  ]);
  expect(handedSockets({ LISTEN_FDS: '1', LISTEN_PID: '7' }, 7)).toEqual([{ fd: 3 }]);
  expect(handedSockets({ LISTEN_FDS: '1', LISTEN_PID: '7' }, 8)).toEqual([]);
  expect(handedSockets({ LISTEN_FDS: 'x', LISTEN_PID: '7' }, 7)).toEqual([]);
  expect(handedSockets({}, 7)).toEqual([]);
});
