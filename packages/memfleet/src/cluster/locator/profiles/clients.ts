import { crc32, crc32Libmemcached } from '../../../hash/crc32.ts';
import { javaString } from '../../../hash/java-string.ts';
import { md5 } from '../../../hash/md5.ts';
import { murmur3CodePoints } from '../../../hash/murmur3.ts';
import { sha1 } from '../../../hash/sha1.ts';
import type { LocatorNode, LocatorProfile } from '../locator.ts';
import { hostPort, hostUnlessDefaultPort, socketName } from '../node-name.ts';
import { defineProfile } from '../profile.ts';
import { RendezvousLocator } from '../rendezvous.ts';
import { hashPoints, RingLocator, type RingRules, sortPoints } from '../ring.ts';
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
export const clientProfiles: readonly LocatorProfile[] = [
  defineProfile({
    name: 'python-memcached',
    description: 'python-memcached: 15 bits of CRC-32 modulo, a weight repeats a node',
    traits: { weights: 'counted', order: 'list', keys: 'bytes' },
    build: (nodes) => new SlotLocator(nodes.length, weightedSlots(nodes), crc32Libmemcached, pythonRetries),
  }),
  defineProfile({
    name: 'pymemcache',
    description: 'pymemcache HashClient: rendezvous hash, murmur3 of host:port-key',
    traits: { names: 'long', weights: 'ignored', order: 'none', keys: 'text', prefix: 'bare' },
    build: pymemcacheRendezvous,
  }),
  defineProfile({
    name: 'gomemcache',
    description: 'gomemcache: CRC-32 modulo in the order of the list; with sort also meta-memcache-py modulo',
    traits: { weights: 'counted', order: 'list', keys: 'bytes' },
    build: (nodes) => new SlotLocator(nodes.length, weightedSlots(nodes), crc32),
  }),
  defineProfile({
    name: 'dalli',
    description: 'Dalli: SHA-1 ring, keys by CRC-32 to the point before',
    traits: { names: 'long', weights: 'counted', order: 'none', keys: 'bytes', prefix: 'hashed' },
    build: dalliRing,
  }),
  defineProfile({
    name: 'memjs',
    description: 'memjs: absolute value of the Java string hash, modulo',
    traits: { weights: 'ignored', order: 'list', keys: 'text' },
    build: (nodes) => new SlotLocator(nodes.length, plainSlots(nodes), (key) => Math.abs(javaString(key)), following),
  }),
  defineProfile({
    name: 'spymemcached-array-mod',
    description: 'spymemcached default: Java string hash without sign, modulo',
    traits: { weights: 'ignored', order: 'list', keys: 'text' },
    build: (nodes) => new SlotLocator(nodes.length, plainSlots(nodes), (key) => javaString(key) >>> 0, following),
  }),
  defineProfile({
    name: 'spymemcached-ketama',
    description: 'spymemcached KetamaConnectionFactory: names are ip:port; for a named host give the id name/ip:port',
    traits: { names: 'spy', weights: 'counted', order: 'none', keys: 'bytes', rounding: 'float' },
    build: (nodes) => spyRing(nodes, hostPort),
  }),
  defineProfile({
    name: 'spymemcached-ketama-libmemcached',
    description: 'spymemcached ketama with the name format LIBMEMCACHED',
    traits: { names: 'short', weights: 'counted', order: 'none', keys: 'bytes', rounding: 'float' },
    build: (nodes) => spyRing(nodes, hostUnlessDefaultPort),
  }),
  defineProfile({
    name: '3rd-eden',
    description: 'npm memcached 2.2.2 (hashring 3.2.0): ketama with the shares in doubles, not the same at every size',
    traits: {
      names: 'short',
      weights: 'counted',
      order: 'none',
      keys: 'bytes',
      rounding: 'double',
      prefix: 'hashed',
    },
    build: (nodes) => digestRing(nodes, hostUnlessDefaultPort, doubleDigests, { hash: md5 }),
  }),
  defineProfile({
    name: 'ketama-original',
    description: "RJ/ketama's libketama: names always with the port; also Enyim's ketama",
    traits: { names: 'long', weights: 'counted', order: 'none', keys: 'bytes', rounding: 'float' },
    build: (nodes) => digestRing(nodes, hostPort, originalDigests, { hash: md5 }),
  }),
];
