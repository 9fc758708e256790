/** The demo as users run it: the built program, real processes, real time. */
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createServer, type Server } from 'memfleet/server';
import { afterEach, describe, expect, test } from 'vitest';
import { type ProgramRun, runNode } from '../../cli/test/support/run.ts';
import { describeReal } from '../../memfleet/test/support/real-memcached.ts';
import type { CacheSummary } from '../src/shops/shops-summary.ts';
import type { Summary } from '../src/summary.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const slow = 60_000;
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.destroy()));
});

async function startNode(): Promise<Server> {
  const server = createServer({ port: 0 });
  await server.listen();
  servers.push(server);
  return server;
}

function nodeList(): string {
  return servers
    .map(({ address }) => (address !== undefined && 'port' in address ? `127.0.0.1:${address.port}` : ''))
    .join();
}

function runDemo(args: readonly string[]): ProgramRun {
  return runNode([main, ...args]);
}

function lastLine(text: string): Summary {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Summary;
}

function isRefused(node: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(node.split(':')[1]), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

function expectGood(summary: Summary): void {
  expect(summary.examples).toEqual([]);
  expect(summary.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(summary).toMatchObject({ ok: true, wrongValues: 0, hung: 0, readmissions: 1, seconds: 4, seed: 5 });
  expect(summary.nodes).toHaveLength(3);
  expect(summary.checked).toBeGreaterThan(100);
  expect(summary.pooled.calls).toBeGreaterThan(100);
  expect(summary.pooled.connections.peak).toBeLessThanOrEqual(summary.bound.limit);
  expect(summary.pooled.connections.opened).toBeLessThan(50);
  expect(summary.socketPerCall?.connections.opened).toBeGreaterThan((summary.socketPerCall?.calls ?? Infinity) / 2);
  const [outage] = summary.outages;
  expect(summary.outages).toHaveLength(1);
  expect(outage?.node).toBe(summary.nodes[1]);
  expect(outage?.ejectedAt).toBeGreaterThan(outage?.stoppedAt ?? Infinity);
  expect(outage?.readmittedAt).toBeGreaterThan(outage?.restartedAt ?? Infinity);
  expect(outage?.recovery).toBeGreaterThan(0);
  expectAlike(summary);
}

/** A socket per call had the outage that pooled traffic had, and both say what failed because of it. */
function expectAlike({ nodes, outages, outagesPerCall, pooled, socketPerCall }: Summary): void {
  const [first] = outages;
  const [second] = outagesPerCall;
  const downFor = ({ stoppedAt = 0, restartedAt = 0 }: Partial<Summary['outages'][number]> = {}): number =>
    restartedAt - stoppedAt;
  expect(outagesPerCall).toHaveLength(1);
  expect(second).toMatchObject({ node: nodes[1] });
  expect(second?.stoppedAt).toBeGreaterThan(first?.readmittedAt ?? Infinity);
  // What the first one had planned: how long a process takes to start is up to the machine.
  expect(downFor(second)).toBeGreaterThanOrEqual(downFor(first));
  for (const traffic of [pooled, socketPerCall]) {
    expect(traffic?.reasons.some(({ node, during }) => node === nodes[1] && during === 'down')).toBe(true);
    expect(traffic?.reasons.reduce((sum, { calls }) => sum + calls, 0)).toBe(traffic?.failed);
  }
}

const args = ['--seconds', '4', '--callers', '60', '--seed', '5', '--json'];

test(
  'a node dies and comes back, nothing hangs, nothing wrong is read, and no process stays',
  async () => {
    const { code, stdout, stderr } = await runDemo(args).ended;
    const summary = lastLine(stdout);
    expectGood(summary);
    expect(code).toBe(0);
    expect(summary.fleet).toBe('embedded');
    expect(stdout.trimEnd().split('\n'), 'JSON alone goes to stdout').toHaveLength(1);
    expect(stderr).toMatch(/node 2 \(127\.0\.0\.1:\d+\) is killed/);
    expect(stderr).toMatch(/All is well\./);
    expect(await Promise.all(summary.nodes.map(isRefused))).toEqual([true, true, true]);
  },
  slow,
);

test(
  'through the proxy: plain text clients, the same checks, and few connections to the nodes even with a socket a call',
  async () => {
    const { code, stdout, stderr } = await runDemo([...args, '--proxy']).ended;
    const summary = lastLine(stdout);
    expect(summary.examples).toEqual([]);
    expect(summary.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(summary).toMatchObject({ ok: true, through: 'proxy', wrongValues: 0, hung: 0, readmissions: 1 });
    expect(summary.bound).toMatchObject({ limit: 2 });
    expectAlike(summary);
    expect(summary.socketPerCall?.connections.opened).toBeGreaterThan((summary.socketPerCall?.calls ?? Infinity) / 2);
    expect(code).toBe(0);
    expect(stderr).toMatch(/the proxy closed, and nothing was left open/);
    expect(await Promise.all(summary.nodes.map(isRefused))).toEqual([true, true, true]);
  },
  slow,
);

test(
  'on a simulated Couchbase cluster a node dies and returns, one joins and one leaves: the client follows, nothing wrong is read',
  async () => {
    const { code, stdout, stderr } = await runDemo([...args, '--couchbase']).ended;
    const summary = lastLine(stdout);
    expect(summary.examples).toEqual([]);
    expect(summary.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(summary).toMatchObject({ ok: true, fleet: 'simulated', wrongValues: 0, hung: 0, readmissions: 1 });
    expect(summary.outages).toHaveLength(1);
    expect(summary.outages[0]).toMatchObject({ node: summary.nodes[0], recovery: expect.any(Number) as number });
    const [come, leave] = summary.rebalances;
    expect(come).toMatchObject({ change: 'add', node: summary.nodes[3], moves: 16, movedForClient: 16 });
    expect(leave).toMatchObject({ change: 'remove', node: summary.nodes[1], moves: 16, movedForClient: 16 });
    expect(leave?.startedAt).toBeGreaterThanOrEqual(come?.finishedAt ?? Infinity);
    expect(summary.pooled.calls).toBeGreaterThan(100);
    expect(code).toBe(0);
    expect(stderr).toMatch(/node 1 is back on its port, with its items/);
    expect(stderr).toMatch(/node 1 replies again, [\d.,]+ ms after its return/);
    expect(stderr).toMatch(/rebalanced in \d\.\d s: 16 vBuckets moved, 16 for the client; map revision \d+/);
    expect(await Promise.all(summary.nodes.map(isRefused))).toEqual([true, true, true, true]);
  },
  slow,
);

test(
  'pages of three processes: with the cache one load at a time, every page served, none stale, and no process stays',
  async () => {
    const { code, stdout, stderr } = await runDemo([...args, '--cache']).ended;
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as CacheSummary;
    expect(summary.examples).toEqual([]);
    expect(summary.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(summary).toMatchObject({ ok: true, fleet: 'embedded', processes: 3, seconds: 4, seed: 5 });
    const { plain, cache } = summary;
    expect(plain.pages).toBeGreaterThan(10);
    expect(cache).toMatchObject({ wrong: 0, stale: 0, failed: 0, hung: 0, mostOfGeneration: 1 });
    expect(cache.hotLoads).toBeGreaterThan(0);
    expect(code).toBe(0);
    expect(stderr).toMatch(/node 2 is readmitted by all shops/);
    expect(stderr).toMatch(/of the hot part/);
    expect(await Promise.all(summary.nodes.map(isRefused))).toEqual([true, true, true]);
  },
  slow,
);

describeReal('with memcached processes', () => {
  test(
    'the same',
    async () => {
      const { code, stdout } = await runDemo([...args, '--real']).ended;
      const summary = lastLine(stdout);
      expectGood(summary);
      expect(code).toBe(0);
      expect(summary.fleet).toBe('memcached');
      expect(await Promise.all(summary.nodes.map(isRefused))).toEqual([true, true, true]);
    },
    slow,
  );
});

test(
  "the user's nodes are used, and none of them is stopped",
  async () => {
    await startNode();
    await startNode();
    const { code, stdout } = await runDemo(['--seconds', '2', '--callers', '20', '--nodes', nodeList(), '--json'])
      .ended;
    const summary = lastLine(stdout);
    expect(summary).toMatchObject({ ok: true, fleet: 'given', nodes: nodeList().split(','), outages: [] });
    expect(code).toBe(0);
    expect(servers.map((server) => server.stats().gets > 0)).toEqual([true, true]);
  },
  slow,
);

describe('the demo fails, and says why, when a node', () => {
  /** As many items of a store as `most`. */
  function heldIn(store: Server['store'], most = Infinity): { key: string; value: string }[] {
    const held: { key: string; value: string }[] = [];
    for (const { key, text } of store.items()) if (held.push({ key, value: text }) >= most) break;
    return held;
  }

  function replaceValue(store: Server['store'], key: string, value: string): void {
    const now = store.tick();
    const item = store.find(key, now);
    if (item === undefined) return;
    const { cas } = item;
    store.change(item, value, item.flags, now);
    store.recas(item, cas);
  }

  /** Runs the demo on a node that is tampered with all the time. */
  async function runTampered(tamper: (server: Server) => void): Promise<Summary> {
    const server = await startNode();
    const run = runDemo(['--seconds', '2', '--callers', '20', '--nodes', nodeList(), '--json']);
    const timer = setInterval(() => tamper(server), 5);
    const { code, stdout } = await run.ended;
    clearInterval(timer);
    const summary = lastLine(stdout);
    expect(code).toBe(1);
    expect(summary.ok).toBe(false);
    // Calls may be late as well: the machine has to serve, to tamper and to open sockets.
    const failed = summary.checks.filter(({ ok, name }) => !ok && name !== 'settled');
    expect(failed.map(({ name }) => name)).toEqual(['values']);
    expect(summary.wrongValues).toBeGreaterThan(0);
    return summary;
  }

  test(
    'gives the value of another key',
    async () => {
      const { examples } = await runTampered(({ store }) => {
        // Many of them, pair by pair: of a single pair it is not sure that anybody reads it before it is written again.
        const held = heldIn(store, 50);
        for (const [at, { key }] of held.entries()) replaceValue(store, key, (held[at ^ 1] ?? held[at]!).value);
      });
      expect(examples.join('\n')).toMatch(/got the value of|is not one of ours|never written/);
    },
    slow,
  );

  test(
    'loses a byte',
    async () => {
      const { examples } = await runTampered(({ store }) => {
        for (const { key, value } of heldIn(store))
          if (key.includes('session')) replaceValue(store, key, value.slice(0, -1));
      });
      expect(examples[0]).toMatch(/is broken: the checksum of its \d+ bytes is wrong|is not one of ours/);
    },
    slow,
  );

  test(
    'brings an old value back',
    async () => {
      const old = new Map<string, string>();
      const { examples } = await runTampered(({ store }) => {
        for (const { key, value } of heldIn(store)) {
          if (!key.includes('session')) continue;
          const before = old.get(key);
          if (before === undefined) old.set(key, value);
          else replaceValue(store, key, before);
        }
      });
      expect(examples[0]).toMatch(/version \d+ is stale: it was overwritten or deleted before the read began/);
    },
    slow,
  );
});

test(
  'Ctrl-C ends it in order: exit code 130, and the nodes are gone',
  async () => {
    const run = runDemo(['--seconds', '60', '--callers', '20']);
    const [, nodes] = await run.shows(/nodes {4}(.*)\n/);
    await run.shows(/ {3}1 s /);
    run.process.kill('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted; everything is stopped\n$/);
    const names = nodes?.match(/127\.0\.0\.1:\d+/g) ?? [];
    expect(names).toHaveLength(3);
    expect(await Promise.all(names.map(isRefused))).toEqual([true, true, true]);
  },
  slow,
);
