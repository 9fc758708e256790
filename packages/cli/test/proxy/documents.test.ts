/** What the documentation says can be loaded, and what can be loaded is documented. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { scratch } from './scratch.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

function read(name: string): string {
  return readFileSync(`${root}${name}`, 'utf8');
}

const guide = read('docs/proxy.md');
const environment = { GUEST_PASSWORD: 'a', BUCKET_PASSWORD: 'b' };

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
    proxy: { listeners: [{ port: 11_211 }, { mode: 0o666 }] },
  });
});

/** The keys that are known at a place, by the complaint about one that is not. */
function knownKeys(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    return /known are ([\w, ]+)/.exec((error as Error).message)?.[1]?.split(', ') ?? [];
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
