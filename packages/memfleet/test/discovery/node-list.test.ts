import { expect, test } from 'vitest';
import type { NodesFunction } from '../../src/cluster/config-source.ts';
import { resolveNodes, sourceOfNodes } from '../../src/cluster/discovery/node-list.ts';
import type { NodeInput } from '../../src/cluster/node-spec.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { Found, settled } from './support.ts';

const resolver = {
  addresses: (host: string) => Promise.resolve([`${host}.1`, `${host}.2`]),
  services: () => Promise.resolve([]),
};

function start(nodes: string | readonly NodeInput[] | NodesFunction, refreshInterval?: number) {
  const clock = new FakeClock();
  const found = new Found();
  const source = sourceOfNodes(nodes, { clock, keepAliveDelay: 0, resolver, refreshInterval, random: () => 0.5 });
  source.start(found);
  return { clock, found };
}

test('a plain list is available at once, without any request', () => {
  const { clock, found } = start('a, b:11212 [::1]:7;c');
  expect(found.lists).toEqual([['a:11211', 'b:11212', '[::1]:7', 'c:11211']]);
  expect(clock.timers).toBe(0);
});

test('a function is called once, or at the interval', async () => {
  let calls = 0;
  const nodes = () => [`n${++calls}`];
  const once = start(nodes);
  await settled();
  expect(once.found.lists).toEqual([['n1:11211']]);
  expect(once.clock.timers).toBe(0);
  const often = start(nodes, 100);
  await settled();
  often.clock.advance(100);
  await settled();
  expect(often.found.lists).toEqual([['n2:11211'], ['n3:11211']]);
});

test('a node that a function or DNS returns twice occurs once', async () => {
  const repeated = start(() => ['a', 'b', 'a:11211', { host: 'a' }]);
  const dns = start(['dns+cache:1', { host: 'cache.1', port: 1, weight: 3 }, 'dns+cache:1']);
  await settled();
  expect(repeated.found.lists).toEqual([['a:11211', 'b:11211']]);
  expect(dns.found.lists).toEqual([['cache.1:1', 'cache.2:1']]);
  expect(dns.found.nodes.map(({ weight }) => weight)).toEqual([3, 1]);
});

test.each([[5], [undefined], ['a,b']])('a function that gives %j, which is no list, is reported', async (answer) => {
  const { found } = start(() => answer as unknown as string[]);
  await settled();
  expect(found.errors).toEqual([expect.stringContaining('must be a function that gives a list')]);
});

test('a function that gives nonsense is reported', async () => {
  const { found } = start(() => ['no host']);
  await settled();
  expect(found.errors[0]).toMatch(/is not host, host:port/);
});

test('DNS names are looked up every 30 s', async () => {
  const { clock, found } = start(['dns+cache:1', 'plain']);
  await settled();
  expect(found.lists).toEqual([['cache.1:1', 'cache.2:1', 'plain:11211']]);
  expect(clock.timers).toBe(1);
  clock.advance(29_999);
  expect(clock.timers).toBe(1);
});

test.each([
  ['', 'option "nodes" is an empty list'],
  [[], 'option "nodes" is an empty list'],
  [7 as unknown as string, 'option "nodes" must be a text, a list or a function'],
  ['dns+', 'is not dns+host:port'],
  [['a', 'elasticache://b:1'], 'a configuration endpoint stands alone'],
  ['elasticache://a:x', 'is not host, host:port'],
  ['redis://a', 'cannot stand in this list'],
])('%j is refused', (nodes, message) => {
  expect(() => start(nodes)).toThrow(InvalidOptionError);
  expect(() => start(nodes)).toThrow(message);
});

test('an interval without anything to ask is refused', () => {
  expect(() => start('a', 1000)).toThrow('option "refreshInterval" needs "nodes" to be');
});

test.each(['memcached://u:secret@a/', ['couchbases://a'], 'couchbase://a,b/bucket'])(
  '%j is no list of nodes',
  (text) => {
    expect(() => start(text)).toThrow(
      'nodes: a connection string is not a node: it replaces all options (parseConnectionString makes options of it)',
    );
  },
);

test('a list that is handed in later is plain', () => {
  expect(resolveNodes('a b').map((node) => node.name)).toEqual(['a:11211', 'b:11211']);
  expect(() => resolveNodes('dns+a')).toThrow('"dns+a" cannot stand in this list of plain nodes');
  expect(() => resolveNodes([])).toThrow('empty list');
});
