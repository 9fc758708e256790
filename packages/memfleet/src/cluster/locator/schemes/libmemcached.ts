import { crc32Libmemcached } from '../../../hash/crc32.ts';
import { fnv1, fnv1a, fnv1aWide, fnv1Wide } from '../../../hash/fnv.ts';
import { hsieh } from '../../../hash/hsieh.ts';
import { jenkins } from '../../../hash/jenkins.ts';
import { md5 } from '../../../hash/md5.ts';
import { murmur2 } from '../../../hash/murmur2.ts';
import { murmur3Libmemcached } from '../../../hash/murmur3.ts';
import { oneAtATime } from '../../../hash/one-at-a-time.ts';
import type { KeyHash, LocatorNode, LocatorScheme } from '../locator.ts';
import { hostPort, hostUnlessDefaultPort } from '../node-name.ts';
import { hashPoints, RingLocator, sortPoints } from '../ring.ts';
import { defineScheme } from '../scheme.ts';
import { plainSlots, SlotLocator } from '../slots.ts';
import { digestRing, floatDigests } from '../weighted-ring.ts';

/** The hashes of libhashkit by the names of MEMCACHED_HASH_…; `one_at_a_time` is its default. */
const hashes: readonly (readonly [name: string, hash: KeyHash])[] = [
  ['one_at_a_time', oneAtATime],
  ['md5', md5],
  ['crc', crc32Libmemcached],
  ['fnv1_64', fnv1Wide],
  ['fnv1a_64', fnv1aWide],
  ['fnv1_32', fnv1],
  ['fnv1a_32', fnv1a],
  ['hsieh', hsieh],
  ['murmur', murmur2],
  ['murmur3', murmur3Libmemcached],
  ['jenkins', jenkins],
];

/** Modula: the hash modulo the number of servers, in the order of the list; weights do not count. */
export function modula(nodes: readonly LocatorNode[], hash: KeyHash): SlotLocator {
  return new SlotLocator(nodes.length, plainSlots(nodes), hash);
}

/** Weighted ketama, the usual meaning of "ketama". */
export function weightedKetama(nodes: readonly LocatorNode[], hash: KeyHash): RingLocator {
  return digestRing(nodes, hostUnlessDefaultPort, floatDigests, { hash });
}

/**
 * The consistent distribution without KETAMA_WEIGHTED: 100 points per server, each the *key* hash of a label. The first
 * weight above 1 silently turns weighting on in the library: the points become those of weighted ketama, the key hash
 * stays.
 */
function plainKetama(nodes: readonly LocatorNode[], hash: KeyHash): RingLocator {
  if (nodes.some((node) => node.weight > 1)) return weightedKetama(nodes, hash);
  const pointsOf = (node: LocatorNode): number[] => {
    const label = hostUnlessDefaultPort(node);
    return hashPoints(100, hash, (i) => `${label}-${i}`);
  };
  return new RingLocator(nodes.length, () => sortPoints(nodes.map(pointsOf)), { hash });
}

/** The schemes of libmemcached, and so of pylibmc, php-memcached and Moxi's static lists. */
export const libmemcachedSchemes: readonly LocatorScheme[] = [
  ...hashes.map(([name, hash]) =>
    defineScheme({
      name: `libmemcached-modula-${name}`,
      build: (nodes) => modula(nodes, hash),
    }),
  ),
  defineScheme({
    name: 'libmemcached-ketama-weighted',
    names: 'short',
    build: (nodes) => weightedKetama(nodes, md5),
  }),
  ...hashes.map(([name, hash]) =>
    defineScheme({
      name: `libmemcached-ketama-${name}`,
      names: 'short',
      build: (nodes) => plainKetama(nodes, hash),
    }),
  ),
  defineScheme({
    name: 'libmemcached-ketama-spy',
    names: 'spy',
    build: (nodes) => digestRing(nodes, (node) => `/${hostPort(node)}`, floatDigests, { hash: md5 }),
  }),
];
