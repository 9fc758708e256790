/** What the command line of `memfleet proxy` comes to. */
import { expect, test } from 'vitest';
import type { OriginArguments } from '../../src/proxy/command-line.ts';
import { CouchbaseUrlError, parseCouchbaseUrl } from '../../src/proxy/couchbase-url.ts';
import { originOf } from '../../src/proxy/origin.ts';
import { scratch } from './scratch.ts';

const file =
  'listeners: [{ listen: 1, route: m, allowFlush: false }]\nclusters: { m: { nodes: [a] } }\nadmin: 2\nworkers: 3\n';

test('--nodes and --locator', () => {
  const { settings, files } = originOf({ nodes: 'a,b:11212', locator: 'modulo', listen: { host: '::1', port: 5 } })();
  expect(settings.proxy).toEqual({
    listeners: [{ host: '::1', port: 5, route: 'main' }],
    clusters: { main: { nodes: 'a,b:11212', locator: 'modulo' } },
  });
  expect(settings).toMatchObject({ workers: 1, admin: undefined, log: { level: 'info', format: 'auto' }, watch: true });
  expect(files.size).toBe(0);
});

test('the command line has the last word over a file', () => {
  const config = scratch({ 'p.yml': file })('p.yml');
  const { settings } = originOf({
    config,
    workers: 2,
    admin: { port: 9 },
    allowFlush: true,
    advertiseVersion: '1.5.22',
    logLevel: 'debug',
    watch: false,
  })();
  expect(settings).toMatchObject({
    workers: 2,
    admin: { port: 9 },
    watch: false,
    log: { level: 'debug', format: 'auto' },
  });
  expect(settings.proxy).toMatchObject({ version: '1.5.22', listeners: [{ allowFlush: true }] });
  expect(originOf({ config, watch: true })().settings).toMatchObject({ workers: 3, admin: { port: 2 }, watch: true });
});

test.each<[given: OriginArguments, message: string]>([
  [{}, 'say where the nodes are: --config FILE, --nodes LIST, --couchbase URL, --nutcracker FILE or -z CONFIG'],
  [{ nodes: 'a', config: 'f' }, '--config and --nodes contradict each other'],
  [{ config: 'f', locator: 'ketama' }, '--locator needs --nodes'],
  [{ config: 'f', listen: { port: 1 } }, '--listen needs --nodes or --couchbase or -z'],
  [{ nodes: 'a', moxiBehaviors: 'cycle=1' }, '-Z needs -z'],
])('%j is refused', (given, message) => {
  expect(() => originOf(given)).toThrow(message);
});

test.each<[given: OriginArguments, message: RegExp]>([
  [{ nodes: 'a', locator: 'nowhere' }, /^--locator: unknown locator "nowhere"/],
  [{ nodes: 'a b:c' }, /^--nodes: nodes: "b:c" is not host/],
  [{ nodes: '' }, /^--nodes: option "nodes" is an empty list/],
  [{ couchbase: 'http://a:8091/x?q', locator: 'x' }, /^--locator needs --nodes/],
  [{ couchbase: 'redis://a' }, /^--couchbase: it must be couchbase:/],
  [{ config: 'nowhere.yml' }, /^nowhere.yml: cannot read .*nowhere.yml: there is no such file$/],
])('%j is refused with the option', (given, message) => {
  expect(() => originOf(given)()).toThrow(message);
});

test.each<[url: string, expected: unknown]>([
  ['couchbase://a', { nodes: ['a'], couchbase: {} }],
  ['couchbase://a,b:11210/sales', { nodes: ['a', 'b:11210'], couchbase: { bucket: 'sales' } }],
  [
    'couchbases://ada:p%40ss@a/b%20c?network=external',
    { nodes: ['a'], couchbase: { bucket: 'b c', username: 'ada', password: 'p@ss', network: 'external' }, tls: true },
  ],
  ['http://a:8091', { couchbase: { urls: ['http://a:8091/'] } }],
  [
    'http://ada:x@a:8091/pools/default/bucketsStreaming/sales',
    {
      couchbase: {
        urls: ['http://a:8091/pools/default/bucketsStreaming/sales'],
        bucket: 'sales',
        username: 'ada',
        password: 'x',
      },
    },
  ],
  [
    'https://a:18091/pools/default/bs/b?x=1',
    { couchbase: { urls: ['https://a:18091/pools/default/bs/b?x=1'], bucket: 'b' }, tls: true },
  ],
])('--couchbase %s', (url, expected) => {
  expect(parseCouchbaseUrl(url)).toEqual(expected);
  expect(() => originOf({ couchbase: url })()).not.toThrow();
});

test.each(['couchbase://', 'a', 'couchbase://a@b', 'couchbase://a:%zz@b', 'couchbase://a?retries=5'])(
  'the URL %s is refused, without being shown',
  (url) => {
    expect(() => parseCouchbaseUrl(url)).toThrow(CouchbaseUrlError);
    expect(() => parseCouchbaseUrl(url)).not.toThrow(/%zz/);
  },
);
