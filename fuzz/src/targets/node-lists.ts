/**
 * Node lists and connection strings, as users write them and as discovery finds them: an error of ours at the worst,
 * and no ring name twice.
 */
import { parseConnectionString } from '../../../packages/memfleet/dist/client/connection-string.js';
import { resolveOptions } from '../../../packages/memfleet/dist/client/resolve-options.js';
import { dnsFinder } from '../../../packages/memfleet/dist/cluster/discovery/dns-finder.js';
import { parseDnsName } from '../../../packages/memfleet/dist/cluster/discovery/dns-name.js';
import { resolveNodes } from '../../../packages/memfleet/dist/cluster/discovery/node-list.js';
import {
  type ClusterNode,
  type NodeInput,
  parseNodes,
  withoutRepeats,
} from '../../../packages/memfleet/dist/cluster/node-spec.js';
import { ConfigError, InvalidOptionError } from '../../../packages/memfleet/dist/core/errors.js';
import { holds, outcome, type Target } from '../target.ts';

const words = [
  'a', 'b:11212', '[::1]', '[::1]:1', '::1', 'fe80::1%eth0', '/run/a.sock', 'unix:/x', 'dns+a:1', 'dnssrv+a', 'dnssrvnoa+a', 'elasticache://a:1',
  'memcached://', 'memcacheds://', 'couchbase://', 'user:pass@', '%zz', '%00', '?timeout=5', '&pool.max=2', '&locator=modulo', '&__proto__.x=1',
  '&constructor.prototype=1', '&tls=true', '&couchbase.urls=http://h', '&map={}', ',', ';', ' ', '@', '/', '{"host":"a"}', '"id":"x"', '"weight":2',
  '[', ']', '{"host":"[::1]","port":1}', 'null', '1e3',
]; // prettier-ignore

function check(nodes: readonly ClusterNode[]): number {
  holds(new Set(nodes.map(({ id }) => id)).size === nodes.length, 'two nodes have one name on the ring');
  for (const { host, port, name } of nodes) {
    holds(host !== '' && name !== '', 'a node has no name');
    holds(port >= 0 && port <= 65_535, `a node has the port ${port}`);
  }
  return nodes.length;
}

/** A text, or the JSON of a list of objects. */
function readNodes(input: string): string {
  const text = Buffer.from(input, 'latin1').toString();
  let list: unknown = text;
  if (text.startsWith('[{') || text.startsWith('["')) {
    const parsed = outcome(() => JSON.parse(text) as unknown, SyntaxError);
    if ('error' in parsed) return 'no JSON';
    list = parsed.value;
  }
  const results = [
    outcome(() => check(resolveNodes(list as string)), InvalidOptionError),
    outcome(
      () => (Array.isArray(list) ? check(withoutRepeats(parseNodes(list as NodeInput[]))) : 0),
      InvalidOptionError,
      ConfigError,
    ),
  ];
  return results.map(told).join();
}

function told(result: { readonly value: unknown } | { readonly error: Error }): string {
  return 'error' in result ? result.error.message.replace(/["{\d].*/s, '') : String(result.value);
}

/** Records, a line each: an address, or `host port`. */
async function readRecords(input: string): Promise<string> {
  const records = input.split('\n', 12);
  const resolver = {
    addresses: () => Promise.resolve(records),
    services: () =>
      Promise.resolve(
        records.map((record) => ({ name: record.split(' ', 1)[0]!, port: Number(record.split(' ')[1] ?? 1) & 0xffff })),
      ),
  };
  const names = ['dns+a', 'dns+b:5', 'dnssrvnoa+c', 'dnssrv+d'].map((text) => parseDnsName(text));
  const plain = parseNodes(['x', { host: '10.0.0.1', id: 'y' }]);
  try {
    const nodes = await dnsFinder(names, plain, resolver)(new AbortController().signal);
    holds(new Set(nodes.map(({ id }) => id)).size === nodes.length, 'two nodes have one name on the ring');
    return String(nodes.length);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.slice(0, 9);
    throw error;
  }
}

function readConnectionString(input: string): string {
  const text = Buffer.from(input, 'latin1').toString();
  const result = outcome(() => parseConnectionString(text), InvalidOptionError);
  if ('error' in result) return told(result);
  // Files are not for an input to name.
  if (/"map":"/.test(JSON.stringify(result.value))) return 'a file';
  return `${Object.keys(result.value).sort().join()} ${told(outcome(() => void resolveOptions(result.value), InvalidOptionError))}`;
}

export const nodeListTargets: readonly Target[] = [
  {
    name: 'node-lists',
    seeds: [
      'a,b:11212 [::1]:7;/run/x',
      'dns+a:1,b',
      '["a","b:1"]',
      '[{"host":"a","port":1,"weight":2,"id":"x"},{"path":"/x"},{"host":"[::1]"}]',
    ],
    words,
    run: readNodes,
  },
  { name: 'dns-records', seeds: ['10.0.0.1\n10.0.0.2', 'h1. 11211\nh2. 11212', '::1\n10.0.0.1\n10.0.0.1'], words: ['10.0.0.1', '::1', '\n', ' 11211', 'x.', '[::1]'], run: readRecords }, // prettier-ignore
  {
    name: 'connection-strings',
    seeds: [
      'memcached://user:password@host1:11211,host2/?timeout=500&locator=modulo&pool.max=2',
      'memcached:///run/memcached.sock',
      'couchbase://user:password@host1,host2/bucket?network=external',
      'elasticache://config.example:11211?timeout=500',
      'host1,host2:11212',
    ],
    words,
    run: readConnectionString,
  },
];
