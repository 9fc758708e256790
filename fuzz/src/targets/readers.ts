/**
 * Configurations of the proxy: ours, twemproxy's, Moxi's, the URL of a bucket. Whatever they say, an error in words for
 * the user at the worst.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../packages/cli/dist/failure.js';
import { loadFile } from '../../../packages/cli/dist/proxy/config/load-file.js';
import { ConfigError } from '../../../packages/cli/dist/proxy/config/problem.js';
import { CouchbaseUrlError, parseCouchbaseUrl } from '../../../packages/cli/dist/proxy/couchbase-url.js';
import { loadMoxi } from '../../../packages/cli/dist/proxy/moxi/read-moxi.js';
import { loadNutcracker } from '../../../packages/cli/dist/proxy/nutcracker/read-nutcracker.js';
import { InvalidOptionError } from '../../../packages/memfleet/dist/core/errors.js';
import { resolveProxyOptions } from '../../../packages/memfleet/dist/proxy/options/resolve.js';
import { outcome, type Target } from '../target.ts';

let directory: string | undefined;

/** A file with this text: one of a name for all inputs. */
function fileOf(input: string): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'memfleet-fuzz-'));
    directory = made;
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  const file = join(directory, 'config.yml');
  writeFileSync(file, Buffer.from(input, 'latin1'));
  return file;
}

/** Devices and the like are not for an input to name. */
const special = /\/(dev|proc|sys|etc)\b/;

function reads(read: (input: string) => unknown): (input: string) => string {
  return (input) => {
    if (special.test(input)) return 'special';
    const result = outcome(() => read(input), ConfigError, UsageError, CouchbaseUrlError);
    return 'error' in result ? problemsOf(result.error) : `right ${JSON.stringify(result.value)?.length}`;
  };
}

/** The kinds of problems, without places and values. */
function problemsOf(error: Error): string {
  const lines = error.message.split('\n').map((line) =>
    line
      .replace(/^.*?: /, '')
      .replace(/["'\d].*/s, '')
      .slice(0, 60),
  );
  return [...new Set(lines)].sort().slice(0, 4).join();
}

function readUrl(input: string): unknown {
  const fleet = parseCouchbaseUrl(Buffer.from(input, 'latin1').toString());
  const proxy = { listeners: [{ route: 'main' }], clusters: { main: fleet } };
  return outcome(() => resolveProxyOptions(proxy), InvalidOptionError);
}

/** `-z` and `-Z`, between them a line feed. */
function readMoxi(input: string): unknown {
  const [cluster = '', behaviors] = Buffer.from(input, 'latin1').toString().split('\x01');
  return loadMoxi({ cluster, behaviors }, {});
}

const yaml = `
listeners:
  - { name: front, port: 11211, route: main, protocols: [text, meta, binary], maxSessions: 100, users: { a: b } }
  - { path: /tmp/x.sock, mode: 0600, route: stale }
clusters:
  main: { nodes: [a, 'b:11212', { host: c, weight: 2, id: x }], locator: ketama, timeout: 500, pool: { max: 4 } }
  bucket: { nodes: [h], couchbase: { bucket: default, username: u, password: p } }
routes:
  stale: { kind: failover, routes: [main, bucket] }
  spread: { kind: prefix, prefixes: { a: main }, otherwise: main }
workers: 2
admin: { port: 9100 }
log: { level: info, format: json }
`;

const yamlWords = [
  'listeners:', 'clusters:', 'routes:', 'nodes:', 'route: ', 'kind: ', 'failover', 'replicate', 'shadow', 'prefix', 'read-only', 'rate-limit',
  'front-cache', 'warm-up', 'couchbase:', 'locator: ', 'tls: ', 'users: ', 'env: X', 'file: x', '&a ', '*a', '<<: *a', '!!binary ', '!!js/function ', '? ',
  '- ', '  ', '\n', ': ', '{', '}', '[', ']', '"', "'", '|', '>', '#', '---\n', '...\n', '%YAML 1.1\n', '~', '.inf', '0x10', '1_000', '2001-01-01', '__proto__: ',
  'constructor: ', '['.repeat(300),
]; // prettier-ignore

const nutcracker = `
alpha:
  listen: 127.0.0.1:22121
  hash: fnv1a_64
  hash_tag: "{}"
  distribution: ketama
  timeout: 400
  auto_eject_hosts: true
  server_retry_timeout: 2000
  server_failure_limit: 1
  servers:
   - 127.0.0.1:6379:1 one
   - /tmp/m.sock:2 two
beta:
  listen: /tmp/gamma 0666
  servers: ["a:11211:1"]
  redis: true
`;

const moxi: readonly string[] = [
  '11211=a:11211,b:11211',
  'url=http://127.0.0.1:8091/pools/default/bucketsStreaming/default\x01port_listen=11211,downstream_max=1,cycle=200',
  'http://h:8091/pools/default/bs/b|http://i:8091/x\x01usr=u,pwd=p,auth=u:p,mcs_opts=distribution:ketama',
  '11211={"name":"default","nodeLocator":"vbucket","vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":0,"serverList":["a:1"],"vBucketMap":[[0]]}}',
  '11211=a,11212=b\x01default_bucket_name=x,front_cache_max=10,front_cache_spec=a|b',
];

const moxiWords = [
  'url=', 'http://', 'http://h:8091/pools/default/bs/%zz', '|', ',', '=', '\x01', '{', '}', '11211=', 'a:11211', 'b:1:2', 'downstream_max=', 'cycle=', 'usr=',
  'pwd=', 'auth=', 'mcs_opts=', 'distribution:ketama', 'downstream_protocol=', 'constructor', '__proto__', 'toString', 'time_stats=1', '\n', '#', ' ',
]; // prettier-ignore

const urls: readonly string[] = [
  'couchbase://user:password@host1,host2:11210/bucket?network=external',
  'couchbases://h/b',
  'http://user:password@host:8091/pools/default/bs/bucket',
  'https://h:18091/pools/default/bucketsStreaming/b?x=1',
];

export const readerTargets: readonly Target[] = [
  {
    name: 'proxy-files',
    seeds: [yaml, 'listeners: [{ route: m }]\nclusters: { m: { nodes: a } }\n'],
    words: yamlWords,
    run: reads((input) => loadFile(fileOf(input), {})),
  },
  {
    name: 'nutcracker-files',
    seeds: [nutcracker],
    words: yamlWords,
    run: reads((input) => loadNutcracker(fileOf(input))),
  },
  { name: 'moxi-options', seeds: moxi, words: moxiWords, run: reads(readMoxi) },
  {
    name: 'couchbase-urls',
    seeds: urls,
    words: ['%zz', '%00', '@', ':', '/', '?network=', '&', '#', 'us%er:p@', '[::1]', ',', 'http://', 'couchbase://'],
    run: reads(readUrl),
  },
];
