import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LocatorNode } from '../../src/cluster/locator/locator.ts';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import type { RingLocator } from '../../src/cluster/locator/ring.ts';
import { bytes, md5Of, nodesOf } from './support/fleet.ts';

const hosts = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const ringA = hosts.map((host) => `${host}:11210`);
const ringB = hosts.map((host) => `${host}:11211`);
const ringC = [11211, 11212, 11213, 11214].map((port) => `127.0.0.1:${port}`);
const eightNodes = [0, 2, 4, 6, 8, 10, 12, 14].map((i) => `172.16.16.76:${12000 + i}`);

/** key, and the index of its owner on each ring */
const owners: [string, number, number, number][] = [
  ['', 1, 1, 0],
  ['a', 1, 2, 1],
  ['foo', 2, 2, 3],
  ['hello', 1, 0, 0],
  ['key', 1, 1, 1],
  ['key1', 0, 0, 0],
  ['key_0000000000', 2, 2, 1],
  ['user:1', 0, 2, 3],
  ['user:2', 0, 2, 2],
  ['session:abc', 2, 2, 0],
  ['airline_10', 1, 0, 2],
  ['test', 2, 2, 3],
  [bytes('héllo'), 0, 0, 0],
  ['x'.repeat(250), 0, 2, 2],
];

function ring(nodes: readonly LocatorNode[]): { points: Uint32Array; owners: Uint16Array } {
  return (createLocator('couchbase-ketama', nodes) as RingLocator).ring;
}

/** The four points of a name on the ring. */
function pointsOf(text: string): number[] {
  const digest = createHash('md5').update(text).digest();
  return [0, 4, 8, 12].map((at) => digest.readUInt32LE(at));
}

describe('couchbase-ketama: memcached-type buckets', () => {
  test.each([
    ['three nodes on 11210', ringA, 480, '75a7c4b24b6a21c89b15e639c2890dd8'],
    ['three nodes on 11211', ringB, 480, '2b7dfce06e5724e26c8274e5ad033900'],
    ['four nodes of one host', ringC, 640, '84687fdf8b98ef26a7557a19b35ff1be'],
  ])('the ring of %s', (_, addresses, count, md5) => {
    const { points, owners } = ring(nodesOf(addresses));
    expect(points.length).toBe(count);
    const seen = md5Of((write) => points.forEach((point, i) => write(`${point} ${addresses[owners[i]!]}\n`)));
    expect(seen).toBe(md5);
  });

  test('first and last points of three nodes on 11210', () => {
    const { points, owners } = ring(nodesOf(ringA));
    expect([...points.subarray(0, 5)]).toEqual([20528053, 21551343, 21862330, 23135635, 30887289]);
    expect([...owners.subarray(0, 5)]).toEqual([1, 0, 2, 1, 0]);
    expect([...points.subarray(-3)]).toEqual([4267233310, 4271539758, 4274645082]);
    expect([...owners.subarray(-3)]).toEqual([2, 0, 2]);
  });

  test.each(owners)('owner of %j', (key, a, b, c) => {
    expect(createLocator('couchbase-ketama', nodesOf(ringA)).locate(key)).toBe(a);
    expect(createLocator('couchbase-ketama', nodesOf(ringB)).locate(key)).toBe(b);
    expect(createLocator('couchbase-ketama', nodesOf(ringC)).locate(key)).toBe(c);
  });

  test.each([
    [ringA, [3150, 3533, 3317]],
    [ringB, [3618, 3199, 3183]],
    [ringC, [2583, 2295, 2750, 2372]],
  ])('keys 0 to 9999 on %j', (addresses, counts) => {
    const locator = createLocator('couchbase-ketama', nodesOf(addresses));
    const seen = addresses.map(() => 0);
    for (let i = 0; i < 10_000; i++) seen[locator.locate(String(i))]!++;
    expect(seen).toEqual(counts);
  });

  test.each([
    ['couchbase-ketama', '[fd63::1]:11210-0', 'fd63::1:11210-0'],
    ['couchbase-java-ketama', 'fd63::1:11210-0', '[fd63::1]:11210-0'],
  ])('%s hashes a node with an IPv6 address as %s', (name, hashed, other) => {
    const { points } = (createLocator(name, nodesOf(['[fd63::1]:11210'])) as RingLocator).ring;
    expect([...points]).toEqual(expect.arrayContaining(pointsOf(hashed)));
    expect([...points]).not.toEqual(expect.arrayContaining(pointsOf(other)));
  });

  test("the owners of a million keys on libvbucket's eight nodes, given in another order", () => {
    const addresses = eightNodes.toReversed();
    const locator = createLocator('couchbase-ketama', nodesOf(addresses));
    const hash = createHash('md5');
    for (let i = 0; i < 1_000_000;) {
      let names = '';
      for (const end = i + 10_000; i < end; i++) names += addresses[locator.locate(String(i))]!;
      hash.update(names);
    }
    expect(hash.digest('hex')).toBe('7f4da8f120e89d695094f45a74346dbe');
  });
});
