import { crc32, crc32Libmemcached } from '../../../hash/crc32.ts';
import { javaString } from '../../../hash/java-string.ts';
import { md5 } from '../../../hash/md5.ts';
import { murmur3CodePoints } from '../../../hash/murmur3.ts';
import { sha1 } from '../../../hash/sha1.ts';
import type { LocatorNode, LocatorScheme } from '../locator.ts';
import { hostPort, hostUnlessDefaultPort, socketName } from '../node-name.ts';
import { RendezvousLocator } from '../rendezvous.ts';
import { hashPoints, RingLocator, type RingRules, sortPoints } from '../ring.ts';
import { defineScheme } from '../scheme.ts';
import { following, plainSlots, SlotLocator, type StandIn, weightedSlots } from '../slots.ts';
import {
  digestRing,
  doubleDigests,
  floatDigests,
  fortyDigests,
  originalDigests,
  totalWeight,
} from '../weighted-ring.ts';

/** python-memcached: nine more tries, each the hash of the last hash and the number of the try, both in decimal. */
const pythonRetries: StandIn = (_key, hash, slots, skip) => {
  for (let attempt = 0; attempt < 10; attempt++) {
    const index = slots[hash % slots.length]!;
    if (!skip(index)) return index;
    hash = crc32Libmemcached(`${hash}${attempt}`);
  }
  return -1;
};

/**
 * Dalli: SHA-1 points `name:i`, keys by CRC-32, the point at or *before* the hash; a dead node's keys are hashed again
 * with the try in front.
 */
function dalliRing(nodes: readonly LocatorNode[]): RingLocator {
  const total = totalWeight(nodes);
  const pointsOf = (node: LocatorNode): number[] => {
    const name = socketName(node);
    return hashPoints(Math.floor((nodes.length * 160 * node.weight) / total), sha1, (i) => `${name}:${i}`);
  };
  return new RingLocator(nodes.length, () => sortPoints(nodes.map(pointsOf)), {
    hash: crc32,
    side: 'before',
    retry: { attempts: 19, hash: (key, attempt) => crc32(`${attempt}${key}`) },
  });
}

/**
 * spymemcached's ketama: seven tries for a live node, the first with the key's own hash, then adding up hashes of the
 * try and the key.
 */
const spyRules: RingRules = {
  hash: md5,
  retry: { attempts: 6, hash: (key, attempt, previous) => (previous + md5(`${attempt}${key}`)) >>> 0 },
};

function spyRing(nodes: readonly LocatorNode[], name: (node: LocatorNode) => string): RingLocator {
  const weighted = nodes.some((node) => node.weight !== 1);
  return digestRing(nodes, name, weighted ? floatDigests : fortyDigests, spyRules);
}

function pymemcacheRendezvous(nodes: readonly LocatorNode[]): RendezvousLocator {
  const names = nodes.map(socketName);
  return new RendezvousLocator(names, { score: (index, _, key) => murmur3CodePoints(`${names[index]}-${key}`) });
}

/** The schemes of single clients of other languages. */
export const clientSchemes: readonly LocatorScheme[] = [
  defineScheme({
    name: 'python-memcached',
    build: (nodes) => new SlotLocator(nodes.length, weightedSlots(nodes), crc32Libmemcached, pythonRetries),
  }),
  defineScheme({
    name: 'pymemcache',
    names: 'long',
    build: pymemcacheRendezvous,
  }),
  defineScheme({
    name: 'gomemcache',
    build: (nodes) => new SlotLocator(nodes.length, weightedSlots(nodes), crc32),
  }),
  defineScheme({
    name: 'dalli',
    names: 'long',
    build: dalliRing,
  }),
  defineScheme({
    name: 'memjs',
    build: (nodes) => new SlotLocator(nodes.length, plainSlots(nodes), (key) => Math.abs(javaString(key)), following),
  }),
  defineScheme({
    name: 'spymemcached-array-mod',
    build: (nodes) => new SlotLocator(nodes.length, plainSlots(nodes), (key) => javaString(key) >>> 0, following),
  }),
  defineScheme({
    name: 'spymemcached-ketama',
    names: 'spy',
    build: (nodes) => spyRing(nodes, hostPort),
  }),
  defineScheme({
    name: 'spymemcached-ketama-libmemcached',
    names: 'short',
    build: (nodes) => spyRing(nodes, hostUnlessDefaultPort),
  }),
  defineScheme({
    name: '3rd-eden',
    names: 'short',
    build: (nodes) => digestRing(nodes, hostUnlessDefaultPort, doubleDigests, { hash: md5 }),
  }),
  defineScheme({
    name: 'ketama-original',
    names: 'long',
    build: (nodes) => digestRing(nodes, hostPort, originalDigests, { hash: md5 }),
  }),
];
