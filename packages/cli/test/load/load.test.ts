/** `memfleet load` against nodes of all kinds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'memfleet/server';
import { createCluster, memoryFull, startServer, when } from 'memfleet/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LoadResult } from '../../src/load/summary.ts';
import { addressesOf, startNode, startNodes } from '../copy/fleets.ts';
import { captureOutput, type Outcome, runWords } from '../support/captured.ts';

captureOutput();

/** A short run, with time for a machine that has much to do. */
function load(...words: readonly string[]): Promise<Outcome> {
  const small = ['--warm-up', '0', '-k', '100', '-c', '4', '--timeout', '20000'];
  return runWords('load', ...small, ...words);
}

async function loaded(...words: readonly string[]): Promise<LoadResult> {
  const { code, stdout, stderr } = await load('--json', ...words);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as LoadResult;
}

const everyVerb = 'get:5,mget:2,set:2,add:1,replace:1,touch:1,delete:1,incr:1';

describe('a run', () => {
  test('sends exactly the requests that were asked for, of every verb, and verifies them', async () => {
    const { address } = await startNode();
    const words = ['--requests', '2000', '-P', '8', '--mix', everyVerb, '--size', '0-2000', '--verify'];
    const result = await loaded('-n', address, ...words);
    expect(result).toMatchObject({ target: address, requests: 2000, errors: {}, wrong: 0, unsent: 0 });
    expect(Object.keys(result.verbs).sort()).toEqual(everyVerb.replaceAll(/:\d/g, '').split(',').sort());
    expect(result.verbs['incr']).toMatchObject({ misses: 0 });
    const latencies = Object.values(result.latency);
    expect(latencies).toHaveLength(7);
    expect(latencies.every((value) => value >= 0)).toBe(true);
  });

  test('finds the keys that it has stored, and only misses what it has deleted', async () => {
    const { address } = await startNode();
    const { verbs } = await loaded('-n', address, '--requests', '500', '--mix', 'get');
    expect(verbs).toMatchObject({ get: { requests: 500, hits: 500, misses: 0 } });
    const missing = await loaded(
      '-n',
      address,
      '--requests',
      '50',
      '--no-fill',
      '--key-prefix',
      'other:',
      '--mix',
      'get',
    );
    expect(missing.verbs).toMatchObject({ get: { hits: 0, misses: 50 } });
  });

  test('of an open loop is complete at any rate', async () => {
    const { address } = await startNode();
    const result = await loaded('-n', address, '--requests', '300', '--rate', '5000', '--verify');
    expect(result).toMatchObject({ requests: 300, errors: {}, wrong: 0 });
  });

  test('with --reconnect makes a connection for each request', async () => {
    const { address, server } = await startNode();
    const result = await loaded('-n', address, '--requests', '100', '--reconnect', '--verify');
    expect(result).toMatchObject({ requests: 100, errors: {}, wrong: 0 });
    expect(server.stats().accepted).toBeGreaterThanOrEqual(100);
  });

  test('ends after its duration', async () => {
    const { address } = await startNode();
    const result = await loaded('-n', address, '--duration', '100ms');
    expect(result.seconds).toBeGreaterThanOrEqual(0.099);
    expect(result.requests).toBeGreaterThan(0);
  });

  test('goes to a fleet, a Unix socket and a bucket as well', async () => {
    const nodes = addressesOf(await startNodes(3));
    const words = ['--requests', '400', '-P', '4', '--mix', everyVerb, '--verify'];
    expect(await loaded('-n', nodes, ...words)).toMatchObject({ requests: 400, errors: {}, wrong: 0 });
    expect(await loaded('-n', (await startNode()).address, '--protocol', 'meta', ...words)).toMatchObject({ wrong: 0 });

    const folder = mkdtempSync(join(tmpdir(), 'memfleet-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const server = createServer({ path: join(folder, 'socket') });
    await server.listen();
    onTestFinished(() => server.destroy());
    expect(await loaded('-n', `unix:${folder}/socket`, ...words)).toMatchObject({
      requests: 400,
      errors: {},
      wrong: 0,
    });

    const cluster = createCluster({ nodes: 2, vbuckets: 16 });
    await cluster.listen();
    onTestFinished(() => cluster.close());
    const { username, password } = cluster.credentials;
    vi.stubEnv('MEMFLEET_PASSWORD', password);
    const login = ['-n', cluster.connectionString, '--username', username];
    expect(await loaded(...login, ...words)).toMatchObject({
      requests: 400,
      errors: {},
      wrong: 0,
    });
  });

  test('prints a summary of its result', async () => {
    const { address } = await startNode();
    const { stdout } = await load('-n', address, '--requests', '1000', '--seed', '5', '--verify');
    const text = Buffer.from(stdout, 'latin1').toString();
    expect(text).toMatch(
      /^1,000 requests in \d+\.\d s, [\d,]+\/s; closed loop, 4 connections, up to 1 in .*, seed 5\n\n/,
    );
    expect(text).toMatch(/\n {5,}requests +per second +hits +p50 +p90 +p99 +p99\.9 +p99\.99 +max\nget +\d+ /);
    expect(text).toMatch(/\nall values are right\n$/);
  });
});

/** A node that replies to every get with this, and stores nothing. */
async function fakeNode(reply: (key: string) => string): Promise<string> {
  const server = createTcpServer((socket: Socket) => {
    socket.on('data', (data) => {
      for (const [, key = ''] of data.toString('latin1').matchAll(/^get (\S+)\r$/gm)) socket.write(reply(key));
    });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describe('a target that is wrong', () => {
  test('gives exit code 1 and names the values, with --verify', async () => {
    const node = await fakeNode((key) => `VALUE ${key} 0 3\r\nbad\r\nEND\r\n`);
    const words = ['-n', node, '--no-fill', '--mix', 'get', '--requests', '20'];
    const { code, stdout } = await load(...words, '--verify');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/\n\d+ values are wrong:\n {2}memfleet:load:\d+ has 3 bytes/),
    ]);
    expect((await load(...words)).code).toBe(0);
  });

  test('gives exit code 1 when no request succeeds, and the errors are counted', async () => {
    const node = await fakeNode(() => 'SERVER_ERROR out of order\r\n');
    const { code, stdout } = await load('-n', node, '--no-fill', '--mix', 'get', '--requests', '20', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({ requests: 0, errors: { 'SERVER_ERROR out of order': 20 } }),
    ]);
  });

  test('that does not reply is given up request by request', async () => {
    const node = await fakeNode(() => '');
    const words = ['-n', node, '--no-fill', '--mix', 'get', '--requests', '4', '--json', '--timeout', '50'];
    const { code, stdout } = await load(...words);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({ requests: 0, errors: { 'no reply came in time': 4 } }),
    ]);
  });

  test('that refuses the keys fails before the load', async () => {
    const { address } = await startNode({ maxItemSize: 2000 });
    const { code, stderr } = await load('-n', address, '--size', '10k', '--requests', '10');
    expect([code, stderr]).toEqual([
      1,
      'memfleet: 100 of 100 keys were not stored: SERVER_ERROR object too large for cache\n',
    ]);
  });

  test('that refuses some keys is filled again', async () => {
    await using node = await startServer();
    node.inject(when({ times: 30 }, memoryFull()));
    const { verbs } = await loaded('-n', `${node.host}:${node.port}`, '--mix', 'get', '--requests', '50');
    expect(verbs).toMatchObject({ get: { hits: 50 } });
  });

  test('that cannot be reached is an error', async () => {
    const { code, stdout, stderr } = await load('-n', '127.0.0.1:1', '--requests', '10');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('memfleet: cannot connect to 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n');
  });
});

describe('an outage', () => {
  test('is counted, and the run goes on when the node is back', async () => {
    const first = await startNode();
    const { port } = first.server.address as { readonly port: number };
    const run = load('-n', first.address, '--requests', '3000', '--rate', '1000', '--mix', 'get', '--json');
    while (first.server.stats().gets < 500) await new Promise((resolve) => setImmediate(resolve));
    await first.server.destroy();
    const second = await startNode({ port });
    const { code, stdout } = await run;
    const { requests, errors, verbs } = JSON.parse(stdout) as LoadResult;
    const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
    expect([code, requests + failed]).toEqual([0, 3000]);
    expect(failed).toBeGreaterThan(0);
    // The new node has none of the keys.
    expect(verbs['get']?.misses).toBeGreaterThan(0);
    expect(second.address).toBe(first.address);
  });
});

describe('--compare', () => {
  test('loads both targets in each round, and gives ratios', async () => {
    const [a, b] = [await startNode(), await startNode()];
    const words = ['--compare', a.address, b.address, '--rounds', '2', '--requests', '200'];
    const { code, stdout, stderr } = await load(...words);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^round 1: \d+\.\d\d\nround 2: \d+\.\d\d\n$/)]);
    expect(stdout).toMatch(/\nrequests\/s {2}\d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\)\np50 /);
    const json = JSON.parse((await load(...words, '--json')).stdout) as { readonly rounds: readonly unknown[] };
    expect(json.rounds).toHaveLength(2);
    expect(json.rounds[0]).toMatchObject({ a: { target: a.address, requests: 200 }, b: { target: b.address } });
  });
});

test.each([
  [['--compare', 'a'], '--compare takes two targets'],
  [['-n', 'a,b', '--reconnect'], '--reconnect needs one address'],
  [['--mix', 'gt'], 'It takes verbs with weights'],
  [['--size', '2g'], 'It takes sizes or ranges'],
  [['--rate', '0'], 'It takes a whole number from 1'],
  [['--keys', 'many'], 'It takes a whole number from 1'],
  [['--key-prefix', 'a b'], 'printable ASCII characters without blanks'],
  [['--nodes', 'couchbase://'], 'names no host'],
])('memfleet load %j is a usage error', async (words, message) => {
  const { code, stderr } = await runWords('load', ...words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
