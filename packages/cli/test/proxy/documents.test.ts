/** What the documentation says can be loaded, and what can be loaded is documented. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProxy, listenerDefaults } from 'memfleet/proxy';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { EventCounts } from '../../src/proxy/metrics/event-counts.ts';
import { proxyMetrics } from '../../src/proxy/metrics/metrics.ts';
import { parseBehaviors } from '../../src/proxy/moxi/behaviors.ts';
import { createLogger } from '../../src/proxy/run/logger.ts';
import { refusedMetric } from '../../src/proxy/run/proxy-view.ts';
import { WorkerHost } from '../../src/proxy/run/worker-host.ts';
import { scratch } from './scratch.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

function read(name: string): string {
  return readFileSync(`${root}${name}`, 'utf8');
}

const guide = read('docs/proxy.md');
const environment = { GUEST_PASSWORD: 'a', BUCKET_PASSWORD: 'b', MEMFLEET_ADMIN_TOKEN: 'a-token-of-some-length' };

/** What a text can be loaded as, or why it cannot. */
function load(text: string): ReturnType<typeof loadFile>['settings'] {
  return loadFile(scratch({ 'proxy.yml': text })('proxy.yml'), environment).settings;
}

test('the configuration in the guide', () => {
  const [example, ...more] = [...guide.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text as string);
  expect(more).toEqual([]);
  const { proxy, admin, workers } = load(example as string);
  expect(proxy.listeners.map(({ name }) => name)).toEqual(['apps', 'web', 'guests']);
  expect(proxy.listeners[1]).toMatchObject({ path: '/run/memfleet/web.sock', mode: 0o660, onNodeFailure: 'miss' });
  expect(proxy.listeners[2]).toMatchObject({ idleTimeout: 600_000, users: { guest: 'a' } });
  expect(proxy.clusters['sessions']).toMatchObject({ couchbase: { bucket: 'sessions' }, password: 'b' });
  expect(proxy.routes?.['web']).toMatchObject({ otherwise: { type: 'failover', ttl: 60 } });
  expect({ admin, workers }).toEqual({ admin: { host: '127.0.0.1', port: 9311 }, workers: 2 });
});

test.each(['sidecar/pod.yml', 'kubernetes/proxy.yml'])('the configuration in examples/proxy/%s', (name) => {
  const maps = parseAllDocuments(read(`examples/proxy/${name}`)).map(
    (document) => document.toJS() as { kind: string; data?: Record<string, string> },
  );
  const [config] = maps.filter(({ kind }) => kind === 'ConfigMap');
  expect(load(config?.data?.['proxy.yml'] ?? '').admin).toMatchObject({ port: 9311 });
});

test('the configuration in examples/proxy/systemd', () => {
  expect(load(read('examples/proxy/systemd/proxy.yml'))).toMatchObject({
    workers: 2,
    proxy: { listeners: [{ fd: 3 }, { fd: 4 }] },
  });
  const sockets = read('examples/proxy/systemd/memfleet-proxy.socket').match(/^ListenStream=/gm);
  expect(sockets).toHaveLength(2);
});

/** The keys that are known at a place, by the error about an unknown one. */
function knownKeys(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    return /known: ([\w, ]+)/.exec((error as Error).message)?.[1]?.split(', ') ?? [];
  }
  return [];
}

test.each<[place: string, text: string]>([
  ['the top level', 'zzzzzzzz: 1\nlisteners: [{ route: m }]\nclusters: { m: { nodes: a } }'],
  ['listeners', 'listeners: [{ zzzzzzzz: 1, route: m }]\nclusters: { m: { nodes: a } }'],
  ['tls of listeners', 'listeners: [{ tls: { zzzzzzzz: 1 }, route: m }]\nclusters: { m: { nodes: a } }'],
  ['clusters', 'listeners: [{ route: m }]\nclusters: { m: { zzzzzzzz: 1, nodes: a } }'],
  ['pools', 'listeners: [{ route: m }]\nclusters: { m: { pool: { zzzzzzzz: 1 }, nodes: a } }'],
  ['tls of clusters', 'listeners: [{ route: m }]\nclusters: { m: { tls: { zzzzzzzz: 1 }, nodes: a } }'],
  ['couchbase', 'listeners: [{ route: m }]\nclusters: { m: { couchbase: { zzzzzzzz: 1 } } }'],
  ['log', 'log: { zzzzzzzz: 1 }\nlisteners: [{ route: m }]\nclusters: { m: { nodes: a } }'],
  ...['prefix', 'failover', 'replicate', 'shadow', 'warm-up', 'front-cache', 'rate-limit', 'read-only'].map(
    (type): [string, string] => [
      `${type} routes`,
      `listeners: [{ route: m }]\nclusters: { m: { nodes: a } }\nroutes: { r: { type: ${type}, zzzzzzzz: 1 } }`,
    ],
  ),
])('every key of %s is in the guide', (_, text) => {
  const keys = knownKeys(text);
  expect(keys.length).toBeGreaterThan(1);
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(guide))).toEqual([]);
});

/** The rows of the table whose head begins so, cell by cell. */
function rowsOf(head: string): string[][] {
  const [, table = ''] = guide.split(`\n| ${head} |`);
  const [, , ...rows] = (table.split('\n\n')[0] as string).split('\n');
  return rows.map((row) => row.split('|').map((cell) => cell.trim()));
}

test('every metric is in the guide', async () => {
  const stats = createProxy({ listeners: [{ port: 0, route: 'm' }], clusters: { m: { nodes: 'a' } } }).stats();
  const host = new WorkerHost(createLogger({ level: 'silent', format: 'json' }));
  const all = [
    ...proxyMetrics({ stats, events: new EventCounts() }),
    ...(await host.ownMetrics()).flat(),
    refusedMetric(false),
  ];
  const names = all.map(({ name }) => name).filter((name) => name.startsWith('memfleet_'));
  expect(names.length).toBeGreaterThan(30);
  const documented = [...guide.matchAll(/`(memfleet_\w+)`/g)].map(([, name]) => name);
  expect(new Set(documented)).toEqual(new Set(names));
});

test('every limit of a listener is in the guide', () => {
  const limits = Object.keys(listenerDefaults).filter((key) => /^max|Timeout$/.test(key));
  const documented = rowsOf('option | default | at the limit').map(([, option]) => option);
  expect(new Set(documented)).toEqual(new Set(limits.map((key) => `\`${key}\``)));
});

test('the behaviours of Moxi in the guide are those that are understood', () => {
  const documented = rowsOf('`-Z`')
    .flatMap(([, keys = '']) => [...keys.matchAll(/`([a-z]\w+)`/gi)].map(([, key]) => key as string))
    .filter((key) => !key.startsWith('MOXI_'));
  const unknown = (key: string): boolean =>
    parseBehaviors(`${key}=1`).problems.some(({ message }) => message === 'unknown behaviour');
  expect(documented.filter(unknown)).toEqual([]);
  // Only these lists name them.
  const [, source = ''] =
    /const synonyms([^]*?)\ntype NumberKey/.exec(read('packages/cli/src/proxy/moxi/behaviors.ts')) ?? [];
  const known = [...source.matchAll(/'(\w+)'/g)].map(([, key]) => key as string);
  expect(known.length).toBeGreaterThan(30);
  expect(known.filter((key) => !documented.includes(key))).toEqual([]);
});

test('every example is named in the guide and beside it', () => {
  const examples = readdirSync(`${root}examples/proxy`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const list = read('examples/proxy/README.md');
  for (const { name } of examples) {
    expect(guide).toContain(`(../examples/proxy/${name}`);
    expect(list).toContain(`(${name})`);
  }
});

test('the balancer asks the endpoint that says whether clients should come', () => {
  const config = read('examples/proxy/balancer/haproxy.cfg');
  expect(config).toContain('option httpchk GET /readyz');
  expect(config.match(/^ +server .* check port 9311 /gm)).toHaveLength(2);
});

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

test.each(['docs/proxy.md', 'README.md', 'packages/cli/README.md', 'examples/proxy/README.md'])(
  'the links in %s lead somewhere',
  (page) => {
    const text = read(page);
    const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => `#${anchorOf(heading as string)}`);
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
    const isDead = (target: string): boolean => {
      if (/^https?:/.test(target)) return false;
      if (target.startsWith('#')) return !anchors.includes(target);
      return !existsSync(join(root, dirname(page), target.split('#')[0] as string));
    };
    expect(targets.filter(isDead)).toEqual([]);
  },
);
