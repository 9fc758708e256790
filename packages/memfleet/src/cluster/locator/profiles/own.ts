import { md5 } from '../../../hash/md5.ts';
import { avalanche, murmur3 } from '../../../hash/murmur3.ts';
import { oneAtATime } from '../../../hash/one-at-a-time.ts';
import { JumpLocator } from '../jump.ts';
import type { Locator, LocatorNode, LocatorProfile } from '../locator.ts';
import { authority, hostPort } from '../node-name.ts';
import { defineProfile } from '../profile.ts';
import { RendezvousLocator } from '../rendezvous.ts';
import { RoundRobinLocator } from '../round-robin.ts';
import { buildSorted } from '../routing.ts';
import { digestRing, fortyDigests } from '../weighted-ring.ts';
import { ketamaTraits, modula, modulaTraits, weightedKetama } from './libmemcached.ts';

/** The schemes with short names, and Couchbase's. */
export const ownProfiles: readonly LocatorProfile[] = [
  defineProfile({
    name: 'round-robin',
    description: 'all nodes are equal (proxies, Moxi): each call goes to the next one',
    traits: { weights: 'counted', order: 'none', keys: 'none' },
    build: (nodes) => new RoundRobinLocator(nodes),
  }),
  defineProfile({
    name: 'modulo',
    description: 'one-at-a-time hash modulo the number of nodes: the default of libmemcached',
    traits: modulaTraits('one_at_a_time'),
    build: (nodes) => modula(nodes, oneAtATime),
  }),
  defineProfile({
    name: 'ketama',
    description: 'weighted ketama of libmemcached (php OPT_LIBKETAMA_COMPATIBLE, pylibmc ketama_weighted), exact',
    traits: ketamaTraits,
    build: (nodes) => weightedKetama(nodes, md5),
  }),
  defineProfile({
    name: 'jump',
    description: 'jump hash over XXH3: even shares without a ring, for lists that grow and shrink at the end only',
    traits: { weights: 'ignored', order: 'list', keys: 'bytes' },
    build: (nodes) => new JumpLocator(nodes.length),
  }),
  defineProfile({
    name: 'rendezvous',
    description: 'rendezvous hash over the node ids by murmur3: the order of the list does not matter',
    traits: { names: 'id', weights: 'ignored', order: 'none', keys: 'bytes' },
    build: rendezvous,
  }),
  defineProfile({
    name: 'couchbase-ketama',
    description: 'memcached-type buckets of Couchbase (libvbucket, libcouchbase): 160 points of host:port each',
    traits: { names: 'long', weights: 'ignored', order: 'none', keys: 'bytes' },
    build: (nodes) => bucketRing(nodes, authority),
  }),
  defineProfile({
    name: 'couchbase-java-ketama',
    description: "the same as in Couchbase's SDK for Java, which hashes IPv6 addresses without brackets",
    traits: { names: 'long', weights: 'ignored', order: 'none', keys: 'bytes' },
    build: (nodes) => bucketRing(nodes, hostPort),
  }),
];

/** One hash per key, mixed with one per node: 100 nodes cost less than one more hash of the key each. */
function rendezvous(nodes: readonly LocatorNode[]): RendezvousLocator {
  const names = nodes.map((node) => node.id);
  const seeds = Uint32Array.from(names, (name) => murmur3(name));
  return new RendezvousLocator(names, {
    keyHash: murmur3,
    score: (index, keyHash) => avalanche(keyHash ^ seeds[index]!),
  });
}

/** libvbucket sorts the servers by their names, which decides the winner of two equal points. */
function bucketRing(nodes: readonly LocatorNode[], nameOf: (node: LocatorNode) => string): Locator {
  const byName = (a: LocatorNode, b: LocatorNode): number => {
    const [left, right] = [nameOf(a), nameOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
  return buildSorted(nodes, byName, (sorted) => digestRing(sorted, nameOf, fortyDigests, { hash: md5 }));
}
