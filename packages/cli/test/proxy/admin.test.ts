/** The endpoints for operators, on a proxy that runs in this process before embedded servers. */
import { startServer } from 'memfleet/testing';
import type { DestinationStream } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { createLogger } from '../../src/proxy/run/logger.ts';
import { ProxyProgram } from '../../src/proxy/run/proxy-program.ts';
import { embedded, relayTo } from './embedded.ts';
import { sumOf } from './running-proxy.ts';
import { scratch } from './scratch.ts';
import { TextClient } from './text-client.ts';

interface Running {
  /** Where clients come in first. */
  readonly address: string;
  /** Where they come in at a listener. */
  readonly addressOf: (listener: string) => string;
  get(
    path: string,
    method?: string,
  ): Promise<{ readonly status: number; readonly type: string | null; readonly text: string }>;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** Starts a proxy by a configuration. */
async function start(config: string): Promise<Running> {
  const file = scratch({ 'proxy.yml': config })('proxy.yml');
  const lines: Record<string, unknown>[] = [];
  const stream: DestinationStream = { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const load = (): ReturnType<typeof loadFile> => loadFile(file);
  const loaded = load();
  const program = new ProxyProgram(loaded, load, createLogger(loaded.settings.log, {}, stream));
  await program.start();
  onTestFinished(() => program.stop('the test is over'));
  const at = (message: string): string => lines.find((line) => line['message'] === message)?.['address'] as string;
  return {
    lines,
    address: at('listening'),
    addressOf: (listener) => lines.find((line) => line['listener'] === listener)?.['address'] as string,
    get: async (path, method = 'GET') => {
      const response = await fetch(`http://${at('admin listening')}${path}`, { method });
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
    },
  };
}

async function twoNodes(): Promise<{ nodes: string[]; running: Running }> {
  const nodes = [await embedded(), await embedded()];
  const running = await start(`
listeners:
  - { name: front, listen: '127.0.0.1:0', route: cached, users: { ada: hunter2 } }
  - { name: open, listen: '127.0.0.1:0', route: main, maxSessions: 7 }
routes:
  cached: { type: front-cache, route: main, prefixes: ['hot:'], lifespan: 1h }
clusters:
  main: { nodes: [${nodes.map((node) => `'${node}'`).join(', ')}] }
admin: 127.0.0.1:0
`);
  return { nodes, running };
}

test('health, readiness and the list of endpoints', async () => {
  const { running } = await twoNodes();
  expect(await running.get('/healthz')).toEqual({ status: 200, type: 'text/plain; charset=utf-8', text: 'ok\n' });
  expect(await running.get('/readyz')).toMatchObject({ status: 200, text: 'ready\n' });
  expect(await running.get('/')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  expect(await running.get('/metrics?x=1', 'HEAD')).toMatchObject({ status: 200, text: '' });
  expect(await running.get('/nothing')).toMatchObject({
    status: 404,
    text: 'there is / /healthz /readyz /metrics /config /topology /hot-keys /events\n',
  });
  expect(await running.get('/config', 'POST')).toMatchObject({ status: 405 });
});

test('a proxy whose nodes are not known yet is alive, but not ready', async () => {
  // A name that cannot be: the answer comes without a network.
  const running = await start(`
listeners: [{ listen: '127.0.0.1:0', route: main }]
clusters: { main: { nodes: 'dns+nowhere.invalid' } }
admin: 127.0.0.1:0
`);
  expect(await running.get('/healthz')).toMatchObject({ status: 200 });
  expect(await running.get('/readyz')).toMatchObject({ status: 503, text: 'the nodes of main are not known yet\n' });
});

test('metrics: what clients did, and what it took', async () => {
  const { nodes, running } = await twoNodes();
  const client = await TextClient.open(running.address);
  expect(await client.ask('set auth 0 0 11\r\nada hunter2')).toBe('STORED\r\n');
  await client.ask('add hot:a 0 0 1\r\nx');
  for (let times = 0; times < 3; times++) await client.get('hot:a', 'b', 'b');
  await client.ask('cas b 0 0 1 5\r\ny');
  const { text, type } = await running.get('/metrics');
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  const value = (name: string, labels?: string): number => sumOf(text, `memfleet_${name}`, labels);
  expect(value('sessions', 'listener="front"')).toBe(1);
  expect(value('sessions_max', 'listener="open"')).toBe(7);
  expect(value('sessions_accepted_total')).toBe(1);
  expect(value('authentications_total', 'result="ok"')).toBe(1);
  expect(value('commands_total', 'listener="front",command="add",result="ok"')).toBe(1);
  expect(value('commands_total', 'command="get",result="ok"')).toBeGreaterThan(0);
  expect(value('commands_total', 'command="cas",result="miss"')).toBe(1);
  expect(value('multiget_keys_total')).toBe(9);
  expect(value('front_cache_hits_total', 'route="cached"')).toBe(2);
  expect(value('topology_revision', 'cluster="main"')).toBe(1);
  expect(value('topology_nodes')).toBe(2);
  for (const node of nodes) expect(value('node_up', `node="${node}"`)).toBe(1);
  expect(value('pool_connects_total')).toBeGreaterThan(0);
  expect(value('node_latency_seconds_count')).toBeGreaterThan(0);
  expect(value('node_latency_seconds_bucket', 'le="+Inf"')).toBe(value('node_latency_seconds_count'));
  expect(value('session_received_bytes_total')).toBeGreaterThan(100);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  expect(text).toMatch(/^process_start_time_seconds \d/m);
});

test('metrics: clients that were turned away or closed, by reason', async () => {
  const running = await start(`
listeners:
  - { name: few, listen: '127.0.0.1:0', route: main, maxSessions: 1 }
  - { name: brief, listen: '127.0.0.1:0', route: main, idleTimeout: 20ms }
  - { name: strict, listen: '127.0.0.1:0', route: main, protocols: [binary] }
clusters: { main: { nodes: '${await embedded()}' } }
admin: 127.0.0.1:0
`);
  const metric = async (name: string, labels: string): Promise<number> =>
    sumOf((await running.get('/metrics')).text, `memfleet_sessions_${name}`, labels);
  const first = await TextClient.open(running.addressOf('few'));
  expect(await first.get('a')).toBe('END\r\n');
  const second = await TextClient.open(running.addressOf('few'));
  expect(await second.until('\r\n')).toMatch(/^(SERVER_)?ERROR /);
  expect(await metric('rejected_total', 'listener="few"')).toBe(1);
  expect(await metric('accepted_total', 'listener="few"')).toBe(1);

  const idle = await TextClient.open(running.addressOf('brief'));
  await expect.poll(() => idle.isClosed, { timeout: 8000 }).toBe(true);
  const stranger = await TextClient.open(running.addressOf('strict'));
  stranger.send('get a\r\n');
  await expect.poll(() => stranger.isClosed, { timeout: 8000 }).toBe(true);
  expect(await metric('kicked_total', 'listener="brief",reason="idle"')).toBe(1);
  expect(await metric('kicked_total', 'listener="strict",reason="protocol"')).toBe(1);
  expect(await metric('kicked_total', '')).toBe(2);
});

test('metrics: connections to nodes, and what is in flight on them', async () => {
  const relay = await relayTo(await embedded());
  const running = await start(`
listeners: [{ listen: '127.0.0.1:0', route: main }]
clusters: { main: { nodes: '${relay.address}', pool: { max: 1 } } }
admin: 127.0.0.1:0
`);
  const pool = async (name: string): Promise<number> =>
    sumOf((await running.get('/metrics')).text, `memfleet_pool_${name}`, `node="${relay.address}"`);
  const client = await TextClient.open(running.address);
  await client.set('a', 'x');
  expect(await Promise.all(['open', 'in_flight', 'connecting', 'waiting'].map(pool))).toEqual([1, 0, 0, 0]);
  const asked = relay.hold();
  const answer = client.get('a');
  await asked;
  expect(await Promise.all(['open', 'in_flight'].map(pool))).toEqual([1, 1]);
  relay.release();
  await answer;
  expect(await pool('in_flight')).toBe(0);
});

test('metrics: a node that went and came back', async () => {
  const server = await startServer();
  onTestFinished(() => server.stop());
  const node = `${server.host}:${server.port}`;
  const running = await start(`
listeners: [{ listen: '127.0.0.1:0', route: main }]
clusters: { main: { nodes: '${node}', ejectAfter: 1, ejectTime: 20ms, ejectTimeMax: 20ms, retry: false } }
admin: 127.0.0.1:0
`);
  const metric = async (name: string): Promise<number> =>
    sumOf((await running.get('/metrics')).text, `memfleet_node_${name}`, `cluster="main",node="${node}"`);
  const client = await TextClient.open(running.address);
  expect(await client.get('a')).toBe('END\r\n');
  expect([await metric('ejections_total'), await metric('readmissions_total')]).toEqual([0, 0]);
  await server.down();
  await expect.poll(() => client.ask('delete a'), { timeout: 8000 }).toMatch(/^SERVER_ERROR/);
  await expect.poll(() => metric('ejections_total'), { timeout: 8000 }).toBeGreaterThan(0);
  expect(await metric('readmissions_total')).toBe(0);
  await server.up();
  await expect.poll(() => metric('readmissions_total'), { timeout: 8000 }).toBe(1);
  expect(await metric('up')).toBe(1);
});

test('an ejected node is seen in the metrics, in the topology and in the log', async () => {
  const dead = '127.0.0.1:1';
  const running = await start(`
listeners: [{ listen: '127.0.0.1:0', route: main }]
clusters: { main: { nodes: ['${dead}'], ejectAfter: 1, ejectTime: 1h, ejectTimeMax: 1h, retry: false } }
admin: 127.0.0.1:0
`);
  const client = await TextClient.open(running.address);
  expect(await client.ask('get a')).toMatch(/^SERVER_ERROR .*127\.0\.0\.1:1/);
  const { text } = await running.get('/metrics');
  expect(sumOf(text, 'memfleet_node_ejections_total', `node="${dead}"`)).toBe(1);
  expect(sumOf(text, 'memfleet_node_up')).toBe(0);
  const topology = JSON.parse((await running.get('/topology')).text) as unknown;
  expect(topology).toMatchObject({ clusters: { main: { revision: 1, nodes: [{ node: dead, state: 'ejected' }] } } });
  expect(running.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: 'node ejected',
      cluster: 'main',
      node: dead,
      duration: 3_600_000,
    }) as unknown,
  );
});

test('the configuration is shown in full, without secrets', async () => {
  const { running } = await twoNodes();
  const { text, type } = await running.get('/config');
  expect(type).toBe('application/json; charset=utf-8');
  expect(text).not.toContain('hunter2');
  expect(JSON.parse(text)).toMatchObject({
    listeners: [{ name: 'front', users: { ada: '***' }, maxSessions: 20_000 }, { maxSessions: 7 }],
    clusters: { main: { locator: 'ketama', pool: { max: 2 } } },
    workers: 1,
  });
});

test('the configuration is shown without the secrets within its texts', async () => {
  const map = `{"saslPassword":"hunter2","hashAlgorithm":"CRC","numReplicas":0,"serverList":["${await embedded()}"],"vBucketMap":[[0]]}`;
  const running = await start(`
listeners: [{ listen: '127.0.0.1:0', route: main }]
clusters: { main: { couchbase: { map: '${map}', hello: false } } }
admin: 127.0.0.1:0
`);
  const { text } = await running.get('/config');
  expect(text).not.toContain('hunter2');
  expect(JSON.parse(text)).toMatchObject({ clusters: { main: { couchbase: { map: map.replace('hunter2', '***') } } } });
});
