import { createCluster, type SimulatedCluster } from 'memfleet/testing';
import { expect, onTestFinished, test } from 'vitest';
import { consoleHelp, executeLine } from '../../src/cluster/cluster-console.ts';

async function started(): Promise<{ cluster: SimulatedCluster; say: (line: string) => Promise<string> }> {
  const cluster = createCluster({ nodes: 2, vbuckets: 16 });
  onTestFinished(() => cluster.destroy());
  await cluster.listen();
  return { cluster, say: (line) => executeLine(cluster, line) };
}

test('map tells the nodes, and what each has', async () => {
  const { cluster, say } = await started();
  const [head, first, second] = (await say('map')).split('\n');
  expect(head).toBe('map revision 1');
  expect(first).toContain(`0  ${cluster.nodes[0]!.name}  rest ${cluster.nodes[0]!.restPort}  8 active (0 items)`);
  expect(second).toContain('8 replica');
});

test('nodes are added and removed by a rebalance', async () => {
  const { cluster, say } = await started();
  expect(await say('add')).toMatch(/^5 vBuckets moved; map revision \d+, 3 nodes$/);
  expect(await say('remove 0')).toMatch(/2 nodes$/);
  expect(await say(`remove ${cluster.allNodes[1]!.name}`)).toMatch(/1 nodes$/);
  expect(await say('map')).toContain('up, not in the map');
  expect(await say('rebalance')).toMatch(/^0 vBuckets moved/);
});

test('one vBucket can be moved, and a key found', async () => {
  const { cluster, say } = await started();
  const vbucket = cluster.vbucketOf('foo');
  const from = cluster.nodeOf('foo')!;
  const to = cluster.nodes.find((node) => node !== from)!;
  expect(await say('where foo')).toContain(`vBucket ${vbucket}\n`);
  expect(await say(`move ${vbucket} ${to.id}`)).toContain(`vBucket ${vbucket} is on node ${to.id}`);
  expect(await say('where foo')).toContain(`node ${to.id} (${to.name}) active, not there`);
});

test('a node dies, comes back, dies and is failed over', async () => {
  const { cluster, say } = await started();
  expect(await say('kill 1')).toBe('node 1 is down');
  expect(await say('map')).toMatch(/down$/);
  expect(await say('start 1')).toBe('node 1 is up');
  await say('kill 1');
  expect(await say('failover 1')).toMatch(/^node 1 is out of the map/);
  expect(cluster.nodes).toHaveLength(1);
});

test('what is wrong is said, and nothing happens', async () => {
  const { cluster, say } = await started();
  expect(await say('help')).toBe(consoleHelp);
  expect(await say('  ')).toBe('');
  expect(await say('dance')).toBe('there is no "dance"; help lists what there is');
  expect(await say('kill 9')).toBe('kill: there is no node 9; map lists them');
  expect(await say('add many')).toBe('add: it takes a number from 1 to 100');
  expect(await say('move 99 0')).toBe('move: there is no vBucket 99');
  expect(await say('remove')).toMatch(/^remove: there is no node/);
  expect(cluster.rev).toBe(1);
});
