/** Every complaint about an option says in `option` which one, as a path. */
import { describe, expect, test } from 'vitest';
import { createMigration } from '../../src/client/index.ts';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';
import { createClient } from '../../src/index.ts';
import { createProxy } from '../../src/proxy/index.ts';
import { createServer } from '../../src/server/index.ts';
import { resolveClusterOptions } from '../../src/testing/cluster/options.ts';

const listeners = [{ port: 0, route: 'main' }];
const clusters = { main: { nodes: 'a' } };

/** Opens a door with options; whatever it made is closed. */
interface Door {
  open(options: object): void;
  /** Where the options stand. */
  readonly at: string;
}

const doors: Readonly<Record<string, Door>> = {
  'a client': { open: (options) => createClient(options).destroy(), at: '' },
  'a server': { open: (options) => void createServer(options), at: '' },
  'a proxy': { open: (options) => void createProxy({ listeners, clusters, ...options }), at: '' },
  'a listener': {
    open: (options) => void createProxy({ listeners: [{ port: 0, route: 'main', ...options }], clusters }),
    at: 'listeners[0].',
  },
  'a cluster': {
    open: (options) => void createProxy({ listeners, clusters: { main: options } }),
    at: 'clusters.main.',
  },
  'the old fleet of a migration': { open: (options) => migrate(options, {}), at: 'from.' },
  'the new fleet of a migration': { open: (options) => migrate({}, options), at: 'to.' },
};

function migrate(from: object, to: object): void {
  createMigration({ from, to }).client.destroy();
}

function complaintOf(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function within(path: readonly string[], value: unknown): object {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}

/** Paths of all options of a door, as the door itself names them: `['pool', 'max']`. */
function pathsOf(door: Door, prefix: readonly string[] = []): string[][] {
  const unknown = 'noSuchOption';
  const error = complaintOf(() => door.open(within(prefix, { [unknown]: 1 })));
  const known = error instanceof Error ? /noSuchOption"; known: ([\w, ]+)/.exec(error.message)?.[1] : undefined;
  return (known?.split(', ') ?? []).flatMap((name) => [[...prefix, name], ...pathsOf(door, [...prefix, name])]);
}

/** Of these every option refuses some. */
const wrong = [NaN, -1, 0.5, null, '', ' ', 'no such', true, [], [7], {}, { noSuchOption: 1 }, () => 1];

describe.each(Object.entries(doors))('an option of %s', (_, door) => {
  const paths = pathsOf(door);

  test.each(paths.map((path) => [path.join('.')] as const))('%s', (name) => {
    const path = door.at + name;
    const complaints = wrong.map((value) => complaintOf(() => door.open(within(name.split('.'), value))));
    const options = complaints
      .flatMap((error) => (error instanceof InvalidOptionError ? [error.option] : []))
      // Without clusters it is the listener that leads nowhere.
      .filter((option) => path !== 'clusters' || option !== 'listeners[0].route');
    expect(options.length).toBeGreaterThan(0);
    // Something within it may be at fault: `nodes[0].host`.
    const isThere = (option: string): boolean => option === path || /^[.[]/.test(option.replace(path, ''));
    expect(options.filter((option) => !option.startsWith(path) || !isThere(option))).toEqual([]);
  });

  test('that there is not', () => {
    for (const [name, shown] of [
      ['timeoutt', 'timeoutt'],
      ['time out', '["time out"]'],
    ] as const) {
      const error = complaintOf(() => door.open({ [name]: 1 })) as InvalidOptionError;
      expect(error.option).toBe(shown.startsWith('[') ? door.at.replace(/\.$/, '') + shown : door.at + shown);
    }
  });
});

const proxy = (parts: object): (() => void) => {
  return () => void createProxy({ listeners, clusters, ...parts });
};
const client = (options: unknown): (() => void) => {
  return () => createClient(options as never).destroy();
};
const listener = (...specs: object[]): (() => void) => proxy({ listeners: specs });
const route = (spec: unknown, others: object = {}): (() => void) => proxy({ routes: { r: spec, ...others } });

test.each<[string, () => void, string]>([
  ['options that are none', client(5), ''],
  ['a node of a list', client({ nodes: ['a', 'b:x'] }), 'nodes[1]'],
  ['a node of a text', client({ nodes: 'a,b:x' }), 'nodes'],
  ['the port of a node of a text', client({ nodes: 'a,b:99999' }), 'nodes'],
  ['the weight of a node', client({ nodes: ['a', { host: 'b', weight: 0 }] }), 'nodes[1].weight'],
  ['the port of a node', client({ nodes: [{ host: 'b', port: 0 }] }), 'nodes[0].port'],
  ['the host of a node', client({ nodes: [{ host: 'a b' }] }), 'nodes[0].host'],
  ['a node without a host', client({ nodes: [{}] }), 'nodes[0].host'],
  ['the path of a node', client({ nodes: [{ path: '/a', port: 1 }] }), 'nodes[0].path'],
  ['the id of a node', client({ nodes: ['a', { host: 'b', id: '' }] }), 'nodes[1].id'],
  ['an unknown field of a node', client({ nodes: [{ hostname: 'a' }] }), 'nodes[0].hostname'],
  ['a node that is listed twice', client({ nodes: ['a', 'b', 'a:11211'] }), 'nodes[2]'],
  ['a ring name that is there twice', client({ nodes: ['a', { host: 'b', id: 'a:11211' }] }), 'nodes[1]'],
  ['a DNS name', client({ nodes: ['a', 'dns+'] }), 'nodes[1]'],
  ['a node beside DNS names', client({ nodes: ['dns+a', 'b', 'c:x'] }), 'nodes[2]'],
  ['an endpoint in a list', client({ nodes: ['a', 'elasticache://b'] }), 'nodes[1]'],
  ['no nodes', client({ nodes: [] }), 'nodes'],
  ['an unknown locator', client({ locator: 'ketamma' }), 'locator'],
  ['a hash tag', client({ hashTag: '{' }), 'hashTag'],
  ['pool.min above pool.max', client({ pool: { min: 3, max: 2 } }), 'pool.min'],
  ['exclusive and maxInFlight', client({ pool: { exclusive: true, maxInFlight: 2 } }), 'pool.exclusive'],
  ['a username alone', client({ username: 'u' }), 'username'],
  ['a password alone', client({ password: 'p' }), 'password'],
  ['a mode that round-robin does not have', client({ locator: 'round-robin', failure: 'miss' }), 'failure'],
  ['refreshInterval of a list', client({ refreshInterval: 5 }), 'refreshInterval'],
  ['replica without a bucket', client({ replica: 'on-error' }), 'replica'],
  ['a locator beside a bucket', client({ couchbase: {}, locator: 'ketama' }), 'locator'],
  ['a text protocol beside a bucket', client({ couchbase: {}, protocol: 'text' }), 'protocol'],
  ['redistribute beside a bucket', client({ couchbase: {}, failure: 'redistribute' }), 'failure'],
  ['a map that is none', client({ couchbase: { map: '{' } }), 'couchbase.map'],
  ['a URL that is none', client({ couchbase: { urls: 'x' } }), 'couchbase.urls'],
  ['a username of a bucket alone', client({ couchbase: { username: 'u' } }), 'couchbase.username'],
  ['a password twice', client({ username: 'u', password: 'p', couchbase: { password: 'p' } }), 'couchbase.password'],
  ['a prefix', client({ prefix: 'x'.repeat(251) }), 'prefix'],
  ['a connection string', client('http://a'), ''],
  ['an option of a connection string', client('memcached://a?pool.maxx=1'), 'pool.maxx'],
  ['a path in a connection string', client('memcached://a?pool.max.x=1'), 'pool.max.x'],
  ['a connection string without a host', client('memcached://'), 'nodes'],
  ['a login of a connection string', client('memcached://u@a'), 'password'],
  ['a listener of a path with a port', listener({ path: '/a', port: 1, route: 'main' }), 'listeners[0].path'],
  ['a mode without a path', listener({ port: 0, mode: 0o600, route: 'main' }), 'listeners[0].mode'],
  ['a route that there is not', listener({ port: 0, route: 'x' }), 'listeners[0].route'],
  ['two listeners on a port', listener({ port: 7, route: 'main' }, { port: 7, route: 'main' }), 'listeners[1]'],
  [
    'two listeners of a name',
    listener({ port: 0, route: 'main', name: 'a' }, { port: 0, route: 'main', name: 'a' }),
    'listeners[1].name',
  ],
  ['a password of a listener', listener({ port: 0, route: 'main', users: { a: '' } }), 'listeners[0].users.a'],
  ['a user of an odd name', listener({ port: 0, route: 'main', users: { 'a.b': '' } }), 'listeners[0].users["a.b"]'],
  ['a certificate', listener({ port: 0, route: 'main', tls: { cert: 'x', key: 'x' } }), 'listeners[0].tls'],
  ['a cluster of an odd name', proxy({ clusters: { 'a.b': { hashTag: '{' } } }), 'clusters["a.b"].hashTag'],
  ['an unknown option of it', proxy({ clusters: { 'a.b': { x: 1 } } }), 'clusters["a.b"].x'],
  ['a name of a cluster', proxy({ clusters: { ...clusters, 'a\n': {} } }), 'clusters'],
  ['a node of a cluster', proxy({ clusters: { main: { nodes: ['a', 'a'] } } }), 'clusters.main.nodes[1]'],
  ['no listeners', proxy({ listeners: [] }), 'listeners'],
  ['a route that is none', route(5), 'routes.r'],
  ['a type of a route', route({ type: 'x' }), 'routes.r.type'],
  ['a route to nowhere', route({ type: 'failover', routes: ['main', 'x'] }), 'routes.r.routes[1]'],
  ['a branch to nowhere', route({ type: 'prefix', routes: { 'a:': 'x' }, otherwise: 'main' }), 'routes.r.routes["a:"]'],
  ['what a route needs', route({ type: 'warm-up', cold: 'main' }), 'routes.r.warm'],
  ['a circle of routes', route('s', { s: 'r' }), 'routes.r'],
  ['a name that a cluster has', proxy({ routes: { main: 'main' } }), 'routes.main'],
  [
    'an item above all items',
    () => void createServer({ maxBytes: 10_000_000, maxItemSize: 20_000_000 }),
    'maxItemSize',
  ],
  ['a password of a server', () => void createServer({ users: { a: '' } }), 'users.a'],
  ['a socket mode of a server', () => void createServer({ mode: 0o600 }), 'mode'],
  ['a phase of a migration', () => void createMigration({ from: {}, to: {}, phase: 'x' as never }), 'phase'],
  ['a connection string of a migration', () => void createMigration({ from: 'http://a', to: {} }), 'from'],
  [
    'a weight of a locator',
    () => void createLocator('ketama', [{ id: 'a', host: 'a', port: 1, weight: 0 }]),
    'nodes[0].weight',
  ],
  ['the buckets of a simulated cluster', () => void resolveClusterOptions({ buckets: [] }), 'buckets'],
])('%s', (_, run, option) => {
  const error = complaintOf(run);
  expect(error).toBeInstanceOf(InvalidOptionError);
  expect((error as InvalidOptionError).option).toBe(option);
});

test('a path hides a secret that was passed as the name of an option', () => {
  const error = complaintOf(client({ 'memcached://u:hunter2@h': 1 })) as InvalidOptionError;
  expect(error.option).toContain('u:***@h');
  expect(error.option).not.toContain('hunter2');
});
