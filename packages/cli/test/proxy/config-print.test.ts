/** Configurations are shown as they are understood, and without their secrets. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { selfSigned } from '../../../memfleet/test/support/self-signed.ts';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { printSettings } from '../../src/proxy/config/print.ts';
import { redact, redactText } from '../../src/proxy/config/redact.ts';
import { scratch } from './scratch.ts';

const secrets = ['hunter2', 'from-env', 'from-file', 'correct horse'];

const text = `
listeners:
  - name: apps
    listen: '[::1]:11311'
    route: main
    idleTimeout: 10m
    maxItemSize: 1m
    users:
      ada: hunter2
      bob: { env: BOB }
      eve: { file: secrets/eve }
    tls: { cert: tls.pem, key: tls.key }
  - listen: /run/memfleet.sock
    mode: 0660
    route: main
clusters:
  main:
    nodes: [10.0.0.1, { host: 10.0.0.2, weight: 2, id: b }]
    username: memfleet
    password: correct horse
    ejectTime: 4s
    pool: { max: 3 }
admin: 127.0.0.1:9100
workers: 2
log: { level: debug }
`;

/** A configuration with everything that is secret. */
function load(): ReturnType<typeof loadFile> {
  const { cert, key } = selfSigned;
  const at = scratch({ 'proxy.yml': text, 'secrets/eve': 'from-file\n', 'tls.pem': cert, 'tls.key': key });
  return loadFile(at('proxy.yml'), { BOB: 'from-env' });
}

test('times, sizes, permissions, secrets and addresses are understood in every form', () => {
  const { settings, files } = load();
  expect(settings.proxy.listeners).toMatchObject([
    {
      name: 'apps',
      host: '::1',
      port: 11311,
      idleTimeout: 600_000,
      maxItemSize: 1_048_576,
      users: { ada: 'hunter2', bob: 'from-env', eve: 'from-file' },
      tls: { cert: expect.stringContaining('BEGIN CERTIFICATE') as string },
    },
    { path: '/run/memfleet.sock', mode: 0o660 },
  ]);
  expect(settings.proxy.clusters['main']).toMatchObject({ password: 'correct horse', ejectTime: 4000 });
  expect(settings).toMatchObject({
    admin: { host: '127.0.0.1', port: 9100 },
    workers: 2,
    log: { level: 'debug', format: 'auto' },
    watch: true,
  });
  expect([...files.keys()].map((name) => name.split('/').at(-1))).toEqual(['proxy.yml', 'tls.pem', 'tls.key', 'eve']);
});

test.each([true, false])('what is printed has no secret in it (with defaults: %s)', (hasDefaults) => {
  const printed = printSettings(load(), hasDefaults);
  for (const secret of secrets) expect(printed).not.toContain(secret);
  expect(printed).not.toContain('PRIVATE');
  expect(parse(printed)).toMatchObject({
    listeners: [
      {
        users: { ada: '***', bob: '***', eve: '***' },
        tls: { cert: expect.stringMatching(/tls\.pem$/) as string, key: expect.stringMatching(/tls\.key$/) as string },
      },
      { path: '/run/memfleet.sock', mode: '0660' },
    ],
    clusters: { main: { username: 'memfleet', password: '***' } },
  });
});

test('what is printed can be read again and means the same', () => {
  const loaded = load();
  const printed = printSettings(loaded, false);
  const at = scratch({ 'again.yml': printed });
  const { users: _users, ...first } = loaded.settings.proxy.listeners[0]!;
  const again = loadFile(at('again.yml')).settings;
  expect(again.proxy.listeners[0]).toMatchObject(first);
  expect({ ...again, proxy: 0 }).toEqual({ ...loaded.settings, proxy: 0 });
  const full = scratch({ 'full.yml': printSettings(loaded, true) });
  expect(loadFile(full('full.yml')).settings.proxy.clusters['main']).toMatchObject({
    locator: 'ketama',
    ejectTime: 4000,
    pool: { min: 1, max: 3, maxInFlight: 262_144, backoff: { initial: 50 } },
    retry: { attempts: 1 },
  });
  expect(readFileSync(full('full.yml'), 'utf8')).toContain('maxSessions: 20000');
});

test('passwords in URLs and keys in texts are hidden', () => {
  expect(redactText('cannot reach couchbase://app:s3cret@cb1/main')).toBe('cannot reach couchbase://app:***@cb1/main');
  expect(redactText('x -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- y')).toBe('x <PRIVATE KEY ***> y');
  expect(redact({ a: [{ saslPassword: 'x', users: { b: 'y' } }], pwd: 'z', keys: 1, token: null })).toEqual({
    a: [{ saslPassword: '***', users: { b: '***' } }],
    pwd: '***',
    keys: 1,
    token: '***',
  });
});

test.each<[text: string, expected: string]>([
  ['http://me@corp:s3cret@h:8091/p@q', 'http://me@corp:***@h:8091/p@q'],
  ['http://a:s3@cret@h', 'http://a:***@h'],
  ['http://a:s3/cret@h/p', 'http://a:***@h/p'],
  ['http://:s3cret@h', 'http://:***@h'],
  ['http://h1:8091/p|http://a:s3cret@h2:8091/p,http://h3', 'http://h1:8091/p|http://a:***@h2:8091/p,http://h3'],
  ['{"u":"http://h:8091","to":"ops@h"}', '{"u":"http://h:8091","to":"ops@h"}'],
  ['http://[::1]:8091/p@q http://h:8091/p@q', 'http://[::1]:8091/p@q http://h:8091/p@q'],
  ['11211={"saslPassword": "s3\\"cret","name":"b"}', '11211={"saslPassword": "***","name":"b"}'],
  ['{"auth_token":42,"a":1}', '{"auth_token":"***","a":1}'],
  ['{"saslPassword":"s3cr…', '{"saslPassword":"***"'],
  [JSON.stringify('{"saslPassword":"s3\\"cret","name":"b"}'), JSON.stringify('{"saslPassword":"***","name":"b"}')],
])('the passwords in %s are hidden, and nothing else', (given, expected) => {
  expect(redactText(given)).toBe(expected);
});

test('a map of vBuckets in a text, and URLs with a login, are printed without their secrets', () => {
  const map = JSON.stringify({
    name: 'default',
    saslPassword: 'hunter2',
    serverList: ['h:11210'],
    hashAlgorithm: 'CRC',
    numReplicas: 0,
    vBucketMap: [[0]],
  });
  const at = scratch({
    'map.json': map,
    'proxy.yml': `
listeners: [{ listen: 1, route: text }]
clusters:
  text: { couchbase: { map: '${map}' } }
  file: { couchbase: { map: map.json } }
  table: { couchbase: { map: ${map} } }
  urls: { couchbase: { bucket: b, urls: ['http://ada:hunter2@h:8091/pools'] } }
`,
  });
  const printed = printSettings(loadFile(at('proxy.yml')), true);
  expect(printed).not.toContain('hunter2');
  const { clusters } = parse(printed) as { clusters: Record<string, { couchbase: Record<string, unknown> }> };
  const shown = map.replace('hunter2', '***');
  expect(clusters['text']?.couchbase['map']).toBe(shown);
  expect(clusters['file']?.couchbase['map']).toBe(shown);
  expect(clusters['table']?.couchbase['map']).toEqual(JSON.parse(shown));
  expect(clusters['urls']?.couchbase['urls']).toEqual(['http://ada:***@h:8091/pools']);
});

test('an error does not show the password in the text that it quotes', () => {
  const at = scratch({
    'p.yml': 'listeners: [{ listen: "http://ada:hunter2@h", route: m }]\nclusters: { m: { nodes: a } }\n',
  });
  expect(() => loadFile(at('p.yml'))).toThrow(/not "http:\/\/ada:\*\*\*@h"/);
});

test.each([
  'nodes: a, pool: { exclusive: true }',
  'nodes: a, pool: { min: 3 }',
  'nodes: [a, b], locator: round-robin',
  'nodes: a, locator: twemproxy-modula-md5, hashTag: "{}", retry: false',
  'couchbase: { bucket: b, urls: "http://a:8091" }',
  'nodes: dns+a.example, refreshInterval: 5s, failure: miss, protocol: text',
])('with all defaults, a cluster { %s } means the same', (cluster) => {
  const at = scratch({ 'a.yml': `listeners: [{ listen: 1, route: m }]\nclusters: { m: { ${cluster} } }\n` });
  const once = printSettings(loadFile(at('a.yml')), true);
  const again = scratch({ 'b.yml': once });
  expect(parse(printSettings(loadFile(again('b.yml')), true))).toEqual(parse(once));
});
