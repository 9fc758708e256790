import { md5 } from '../../../hash/md5.ts';
import { avalanche, murmur3 } from '../../../hash/murmur3.ts';
import { oneAtATime } from '../../../hash/one-at-a-time.ts';
import { JumpLocator } from '../jump.ts';
import type { Locator, LocatorNode, LocatorScheme } from '../locator.ts';
import { authority, hostPort } from '../node-name.ts';
import { RendezvousLocator } from '../rendezvous.ts';
import { RoundRobinLocator } from '../round-robin.ts';
import { buildSorted } from '../routing.ts';
import { defineScheme } from '../scheme.ts';
import { digestRing, fortyDigests } from '../weighted-ring.ts';
import { modula, weightedKetama } from './libmemcached.ts';

/** The schemes with short names, and Couchbase's. */
export const ownSchemes: readonly LocatorScheme[] = [
  defineScheme({
    name: 'round-robin',
    build: (nodes) => new RoundRobinLocator(nodes),
  }),
  defineScheme({
    name: 'modulo',
    build: (nodes) => modula(nodes, oneAtATime),
  }),
  defineScheme({
    name: 'ketama',
    names: 'short',
    build: (nodes) => weightedKetama(nodes, md5),
  }),
  defineScheme({
    name: 'jump',
    build: (nodes) => new JumpLocator(nodes.length),
  }),
  defineScheme({
    name: 'rendezvous',
    names: 'id',
    build: rendezvous,
  }),
  defineScheme({
    name: 'couchbase-ketama',
    names: 'long',
    build: (nodes) => bucketRing(nodes, authority),
  }),
  defineScheme({
    name: 'couchbase-java-ketama',
    names: 'long',
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
