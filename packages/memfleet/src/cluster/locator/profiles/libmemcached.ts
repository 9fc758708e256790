import { crc32Libmemcached } from '../../../hash/crc32.ts';
import { fnv1, fnv1a, fnv1aWide, fnv1Wide } from '../../../hash/fnv.ts';
import { hsieh } from '../../../hash/hsieh.ts';
import { jenkins } from '../../../hash/jenkins.ts';
import { md5 } from '../../../hash/md5.ts';
import { murmur2 } from '../../../hash/murmur2.ts';
import { murmur3Libmemcached } from '../../../hash/murmur3.ts';
import { oneAtATime } from '../../../hash/one-at-a-time.ts';
import type { KeyHash, LocatorNode, LocatorProfile, ProfileTraits } from '../locator.ts';
import { hostPort, hostUnlessDefaultPort } from '../node-name.ts';
import { defineProfile } from '../profile.ts';
import { hashPoints, RingLocator, sortPoints } from '../ring.ts';
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

/**
 * How a hash of libhashkit or twemproxy treats bytes from 0x80 on: hashes that add plain `char`s sign-extend them on
 * x86.
 */
export function charTrait(hashName: string): 'bytes' | 'signed' {
  return /^(?:one_at_a_time|fnv|hsieh)/.test(hashName) ? 'signed' : 'bytes';
}

/** Modula: the hash modulo the number of servers, in the order of the list; weights do not count. */
export function modula(nodes: readonly LocatorNode[], hash: KeyHash): SlotLocator {
  return new SlotLocator(nodes.length, plainSlots(nodes), hash);
}

export function modulaTraits(hashName: string): ProfileTraits {
  return { weights: 'ignored', order: 'list', keys: charTrait(hashName), prefix: 'bare' };
}

/** Weighted ketama, the usual meaning of "ketama". */
export function weightedKetama(nodes: readonly LocatorNode[], hash: KeyHash): RingLocator {
  return digestRing(nodes, hostUnlessDefaultPort, floatDigests, { hash });
}

export const ketamaTraits: ProfileTraits = {
  names: 'short',
  weights: 'counted',
  order: 'none',
  keys: 'bytes',
  rounding: 'float',
  prefix: 'bare',
};

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

function plainKetamaTraits(hashName: string): ProfileTraits {
  const traits: ProfileTraits = { ...ketamaTraits, weights: 'switch', keys: charTrait(hashName) };
  return hashName === 'crc' ? { ...traits, narrow: 'weighted' } : traits;
}

/** The schemes of libmemcached, and so of pylibmc, php-memcached and Moxi's static lists. */
export const libmemcachedProfiles: readonly LocatorProfile[] = [
  ...hashes.map(([name, hash]) =>
    defineProfile({
      name: `libmemcached-modula-${name}`,
      description: `libmemcached: ${name} modulo the number of nodes`,
      traits: modulaTraits(name),
      build: (nodes) => modula(nodes, hash),
    }),
  ),
  defineProfile({
    name: 'libmemcached-ketama-weighted',
    description:
      'libmemcached KETAMA_WEIGHTED, php OPT_LIBKETAMA_COMPATIBLE, pylibmc ketama_weighted; the same as ketama',
    traits: ketamaTraits,
    build: (nodes) => weightedKetama(nodes, md5),
  }),
  ...hashes.map(([name, hash]) =>
    defineProfile({
      name: `libmemcached-ketama-${name}`,
      description: `libmemcached KETAMA, php DISTRIBUTION_CONSISTENT, with hash ${name}; a weight above 1 changes all points`,
      traits: plainKetamaTraits(name),
      build: (nodes) => plainKetama(nodes, hash),
    }),
  ),
  defineProfile({
    name: 'libmemcached-ketama-spy',
    description: 'libmemcached CONSISTENT_KETAMA_SPY, weighted, md5; not what spymemcached does',
    traits: { ...ketamaTraits, names: 'spy' },
    build: (nodes) => digestRing(nodes, (node) => `/${hostPort(node)}`, floatDigests, { hash: md5 }),
  }),
];
