/** A server that is dead, dies, or comes back: every call ends, and soon. */
import { startServer } from 'memfleet/testing';
import { expect, onTestFinished, test } from 'vitest';
import { nextUncaught } from '../../memfleet/test/support/next-uncaught.ts';
import type Memcached from '../types/index.cjs';
import { startEmbedded } from './support/judges.ts';
import { dropin, open } from './support/open.ts';

/** An address where nothing listens. */
const dead = '127.0.0.1:1';

/** Events in the order in which they come. */
function record(client: Memcached): (readonly [string, Memcached.IssueData])[] {
  const events: (readonly [string, Memcached.IssueData])[] = [];
  for (const name of ['issue', 'failure', 'reconnecting', 'reconnect', 'remove'] as const)
    client.on(name, (details) => events.push([name, structuredClone(details)]));
  return events;
}

test('a call to a dead server fails, and the next ones at once, with an event', async () => {
  const { client, call } = open(dropin, dead);
  const events = record(client);
  expect(await call('get', 'k')).toEqual([expect.stringContaining('ECONNREFUSED') as string, undefined]);
  expect(await call('get', 'k')).toEqual([`Server at ${dead} not available`, undefined]);
  expect(events).toEqual([
    [
      'issue',
      {
        server: dead,
        tokens: dead.split(':').reverse(),
        messages: [expect.stringContaining('ECONNREFUSED') as string],
        failures: 5,
        totalFailures: 0,
      },
    ],
  ]);
});

test('a thousand calls in flight to a server that dies all end', async () => {
  const node = await startEmbedded();
  const { call } = open(dropin, node.address, { timeout: 2000 });
  await call('set', 'k', 1, 0);
  const calls = Array.from({ length: 1000 }, (_, index) => call(index % 2 === 0 ? 'get' : 'del', `k${index}`));
  await node.stop();
  const outcomes = await Promise.all(calls);
  expect(outcomes).toHaveLength(1000);
  expect((await call('get', 'k'))[0]).toMatch(/\w/);
});

test('with failures used up, a server is dead, and tried again after reconnect', async () => {
  const node = await startServer();
  onTestFinished(() => node.stop());
  const { client, call } = open(dropin, `${node.host}:${node.port}`, { failures: 0, retry: 1, reconnect: 1 });
  const events = record(client);
  await call('set', 'k', 1, 0);
  await node.down();
  expect((await call('get', 'k'))[0]).toMatch(/\w/);
  await node.up();
  const isBack = new Promise((resolve) => client.on('reconnect', resolve));
  let last = await call('get', 'k');
  while (last[0] !== undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    last = await call('get', 'k');
  }
  await isBack;
  const names = events.map(([name]) => name);
  expect(names.slice(0, 2)).toEqual(['failure', 'reconnecting']);
  expect(names.at(-1)).toBe('reconnect');
});

test('with remove, the keys of a dead server go to the others', async () => {
  const node = await startEmbedded();
  const { client, call } = open(dropin, [dead, node.address], { remove: true, failures: 0 });
  const events = record(client);
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  for (const key of keys) await call('set', key, key, 0);
  expect(await Promise.all(keys.map((key) => call('set', key, key, 0)))).toEqual(keys.map(() => [undefined, true]));
  expect(events.map(([name, { server }]) => [name, server])).toEqual([
    ['remove', dead],
    ['failure', dead],
  ]);
  await node.stop();
});

test('a fail-over server takes the keys of a removed server, and no others', async () => {
  const [node, substitute] = [await startEmbedded(), await startEmbedded()];
  const { client, call } = open(dropin, [dead, node.address], {
    remove: true,
    failures: 0,
    failOverServers: [substitute.address],
  });
  const places = (): Map<string, string> => {
    const found = new Map<string, string>();
    client.multi(
      Array.from({ length: 50 }, (_, index) => `k${index}`),
      (server, keys = []) => {
        for (const key of keys) found.set(key, server);
      },
    );
    return found;
  };
  const before = places();
  const keyOfDead = [...before].find(([, server]) => server === dead)?.[0] ?? '';
  await call('get', keyOfDead);
  expect(await call('set', keyOfDead, 1, 0)).toEqual([undefined, true]);
  const moved = [...before].map(([key, server]) => [key, server === dead ? substitute.address : server] as const);
  expect(places()).toEqual(new Map(moved));
  await Promise.all([node.stop(), substitute.stop()]);
});

test('getMulti returns what the living servers have, and the errors of the others', async () => {
  const node = await startEmbedded();
  const { call } = open(dropin, [dead, node.address]);
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  const stored = await Promise.all(keys.map((key) => call('set', key, 1, 0)));
  const expected = Object.fromEntries(keys.filter((_, index) => stored[index]?.[1] === true).map((key) => [key, 1]));
  const [errors, results] = await call('getMulti', keys);
  expect(errors).toEqual([expect.any(Error)]);
  expect(results).toEqual(expected);
  expect(await call('version')).toEqual([
    `Server at ${dead} not available`,
    [expect.objectContaining({ server: node.address })],
  ]);
  await node.stop();
});

test('a listener that throws does not keep the call from ending', async () => {
  const { client, call } = open(dropin, dead);
  const caught = nextUncaught();
  client.on('issue', () => {
    throw new Error('thrown by the listener');
  });
  expect((await call('get', 'k'))[0]).toMatch(/ECONNREFUSED/);
  expect(await caught).toMatchObject({ message: 'thrown by the listener' });
});
