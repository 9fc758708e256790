/** twemproxy's configuration files are read as twemproxy means them. */
import { createLocator } from 'memfleet/locator';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/proxy/config/problem.ts';
import { loadNutcracker } from '../../src/proxy/nutcracker/read-nutcracker.ts';
import { originOf } from '../../src/proxy/origin.ts';
import { scratch } from './scratch.ts';

function load(text: string): ReturnType<typeof loadNutcracker> {
  return loadNutcracker(scratch({ 'nutcracker.yml': text })('nutcracker.yml'));
}

function problemsOf(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split('\n')
      .map((line) => line.slice(line.indexOf('nutcracker.yml:') + 'nutcracker.yml:'.length));
  }
  return [];
}

/** The pools of memcached in the example that twemproxy ships, in our words. */
const example = `
gamma:
  listen: 127.0.0.1:22123
  hash: fnv1a_64
  distribution: ketama
  timeout: 400
  backlog: 1024
  preconnect: true
  auto_eject_hosts: true
  server_retry_timeout: 2000
  server_failure_limit: 3
  servers:
   - 127.0.0.1:11212:1
   - 127.0.0.1:11213:1

omega:
  listen: /tmp/gamma 0666
  hash: hsieh
  distribution: ketama
  auto_eject_hosts: false
  servers:
   - 127.0.0.1:11214:100000
   - 127.0.0.1:11215:1
`;

test('the pools of its example become listeners and clusters', () => {
  const { settings, notes } = load(example);
  expect(settings.proxy).toEqual({
    listeners: [
      { name: 'gamma', host: '127.0.0.1', port: 22_123, route: 'gamma' },
      { name: 'omega', path: '/tmp/gamma', mode: 0o666, route: 'omega' },
    ],
    clusters: {
      gamma: {
        nodes: [
          { host: '127.0.0.1', port: 11_212, weight: 1 },
          { host: '127.0.0.1', port: 11_213, weight: 1 },
        ],
        locator: 'twemproxy-ketama-fnv1a_64',
        timeout: 400,
        connectTimeout: 400,
        failure: 'redistribute',
        ejectAfter: 3,
        ejectTime: 2000,
        ejectGrowth: 1,
        ejectShare: 1,
        pool: { warmUp: true },
      },
      omega: {
        nodes: [
          { host: '127.0.0.1', port: 11_214, weight: 100_000 },
          { host: '127.0.0.1', port: 11_215, weight: 1 },
        ],
        locator: 'twemproxy-ketama-hsieh',
      },
    },
  });
  expect(notes).toEqual([
    'pool gamma: backlog has no effect: the system has a bound of its own',
    'pool omega: no timeout is given: 1000 ms are taken, where twemproxy would wait for ever',
  ]);
});

test('what a pool does not say is as twemproxy has it', () => {
  const { settings } = load('p: { listen: 0.0.0.0:1, auto_eject_hosts: true, servers: ["a:11211:1"] }');
  expect(settings.proxy.clusters['p']).toMatchObject({
    locator: 'twemproxy-ketama-fnv1a_64',
    ejectTime: 30_000,
    ejectAfter: 2,
  });
});

test.each<[text: string, expected: unknown]>([
  ['distribution: modula', { locator: 'twemproxy-modula-fnv1a_64' }],
  ['distribution: random', { locator: 'twemproxy-random' }],
  ['hash: murmur', { locator: 'twemproxy-ketama-murmur' }],
  ['hash_tag: "{}"', { hashTag: '{}' }],
  ['server_connections: 3', { pool: { max: 3 } }],
  ['redis: false', {}],
  ['server_retry_timeout: 5', {}],
])('of a pool, %j', (line, expected) => {
  const { settings } = load(`p:\n  listen: a:1\n  servers: ["a:11211:1"]\n  ${line}\n`);
  expect(settings.proxy.clusters['p']).toMatchObject(expected as object);
  if (line.startsWith('server_retry')) expect(settings.proxy.clusters['p']).not.toHaveProperty('ejectTime');
});

test('client_connections bounds the sessions', () => {
  const { settings } = load('p: { listen: "a:1", client_connections: 7, servers: ["a:11211:1"] }');
  expect(settings.proxy.listeners[0]).toMatchObject({ maxSessions: 7 });
});

test('servers have weights, names and sockets; a name is what stands on the ring', () => {
  const { settings } = load(
    'p:\n  listen: a:1\n  servers:\n   - 10.0.0.1:11211:2 one\n   - /run/m.sock:3 two\n   - ::1:11212:1\n',
  );
  expect(settings.proxy.clusters['p']?.nodes).toEqual([
    { host: '10.0.0.1', port: 11_211, weight: 2, id: 'one' },
    { path: '/run/m.sock', weight: 3, id: 'two' },
    { host: '::1', port: 11_212, weight: 1 },
  ]);
});

test('every hash and distribution that it knows has a locator', () => {
  for (const hash of [
    'one_at_a_time',
    'md5',
    'crc16',
    'crc32',
    'crc32a',
    'fnv1_64',
    'fnv1a_64',
    'fnv1_32',
    'fnv1a_32',
    'hsieh',
    'murmur',
    'jenkins',
  ])
    for (const distribution of ['ketama', 'modula', 'random']) {
      const { settings } = load(
        `p: { listen: "a:1", hash: ${hash}, distribution: ${distribution}, servers: ["a:1:1"] }`,
      );
      expect(() => createLocator(settings.proxy.clusters['p']?.locator as string, [])).not.toThrow();
    }
});

const mixed = `cache:
  listen: 127.0.0.1:22121
  servers: ["10.0.0.1:11211:1"]
  timeout: 400
queue:
  listen: 127.0.0.1:22122
  redis: true
  redis_auth: hunter2
  redis_db: 1
  hash: no_such_hash
  servers: ["10.0.0.2:6379:1 one"]
`;

test('pools for Redis are left out and named, the others run', () => {
  const { settings, notes } = load(mixed);
  expect(Object.keys(settings.proxy.clusters)).toEqual(['cache']);
  expect(settings.proxy.listeners.map(({ name }) => name)).toEqual(['cache']);
  expect(notes).toEqual(['pool queue: left out, as it is for Redis; memfleet speaks memcached']);
});

test('pools for Redis are an error where that is wanted, and where there is nothing else', () => {
  const file = scratch({ 'n.yml': mixed })('n.yml');
  expect(() => loadNutcracker(file, true)).toThrow(
    /n\.yml:7:10: queue\.redis: is for Redis; memfleet speaks memcached/,
  );
  expect(() => originOf({ nutcracker: file, refuseRedis: true })()).toThrow(/queue\.redis: is for Redis/);
  expect(() => originOf({ config: file, refuseRedis: true })).toThrow('--refuse-redis needs --nutcracker');
  expect(problemsOf(mixed.slice(mixed.indexOf('queue')))).toEqual(['1:1: has no pool of memcached, only of Redis']);
});

test.each<[text: string, expected: string[]]>([
  ['redis_auth: x', ['4:15: p.redis_auth: is for Redis; memfleet speaks memcached']],
  [
    'hash: sha1',
    [
      "4:9: p.hash: must be 'one_at_a_time', 'md5', 'crc16', 'crc32', 'crc32a', 'fnv1_64', 'fnv1a_64', 'fnv1_32', 'fnv1a_32', 'hsieh', 'murmur' or 'jenkins', not \"sha1\"",
    ],
  ],
  ['hash_tag: "{"', ['4:13: p.hash_tag: hashTag must be two characters, such as "{}", not "{"']],
  [
    'autoeject: true',
    [
      '4:3: p.autoeject: unknown key; known: listen, servers, hash, hash_tag, distribution, timeout, backlog, tcpkeepalive, preconnect, auto_eject_hosts, server_connections, client_connections, server_retry_timeout, server_failure_limit, redis, redis_auth, redis_db',
    ],
  ],
  ['timeout: -1', ['4:12: p.timeout: must be a whole number from 1 to 2147483647, not -1']],
])('of a pool %j is refused', (line, expected) => {
  expect(problemsOf(`p:\n  listen: a:1\n  servers: ["a:11211:1"]\n  ${line}\n`)).toEqual(expected);
});

test.each<[text: string, expected: string[]]>([
  ['{}', ['1:1: has no pool']],
  [
    'p: {}',
    [
      '1:4: p.listen: is missing: name:port, or the path of a Unix socket and its permissions',
      '1:4: p.servers: is missing: a list',
    ],
  ],
  [
    'p: { listen: "a", servers: ["a:1"] }',
    [
      '1:14: p.listen: must be name:port, or the path of a Unix socket and its permissions, not "a"',
      '1:29: p.servers[0]: must be host:port:weight or /path:weight, and perhaps a name, not "a:1"',
    ],
  ],
  [
    'p: { listen: "a:1", servers: ["a:1:1"] }\nq: { listen: "a:1", servers: ["a:1:1"] }',
    ['2:14: q.listen: two listeners have the address a:1'],
  ],
])('%j is refused', (text, expected) => {
  expect(problemsOf(text)).toEqual(expected);
});

test('two servers of one name are refused, as twemproxy does', () => {
  expect(problemsOf('p:\n  listen: a:1\n  servers: ["a:11211:1 shard01", "b:11211:1 shard01"]\n')).toEqual([
    '3:34: p.servers[1]: nodes: a:11211 and b:11211 have the same name on the ring, "shard01"',
  ]);
});

test('one address under two names is taken: so a fleet is made smaller without moving keys', () => {
  const { settings } = load('p:\n  listen: a:1\n  servers: ["127.0.0.1:6380:1 server1", "127.0.0.1:6380:1 server2"]\n');
  expect(settings.proxy.clusters['p']?.nodes).toEqual([
    { host: '127.0.0.1', port: 6380, weight: 1, id: 'server1' },
    { host: '127.0.0.1', port: 6380, weight: 1, id: 'server2' },
  ]);
});
