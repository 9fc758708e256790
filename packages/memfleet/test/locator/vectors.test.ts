import { describe, expect, test } from 'vitest';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { nodesOf, owners, vectorFleet, vectorKeys } from './support/fleet.ts';

/**
 * Owners of the twelve vector keys on the vector fleet, as the real programs gave them (libmemcached 1.1.4, nutcracker
 * 0.5.0, npm memcached 2.2.2, memjs 1.3.2, pymemcache, python-memcached, gomemcache, Dalli 3.0.6, the ring and jump
 * code of memcached's proxy; spymemcached from its source).
 */
const equalWeights: readonly (readonly [profile: string, owners: string])[] = [
  ['libmemcached-modula-one_at_a_time', '2 1 3 2 1 2 3 1 0 0 3 1'],
  ['libmemcached-modula-md5', '0 0 1 2 0 0 2 1 3 3 1 3'],
  ['libmemcached-modula-crc', '3 3 1 3 3 1 2 3 0 3 0 0'],
  ['libmemcached-modula-fnv1_64', '2 3 3 0 2 0 1 2 3 3 1 0'],
  ['libmemcached-modula-fnv1_32', '2 3 3 0 2 0 1 2 3 3 1 0'],
  ['libmemcached-modula-fnv1a_64', '0 3 3 2 0 2 1 0 3 3 1 2'],
  ['libmemcached-modula-fnv1a_32', '0 3 3 2 0 2 1 0 3 3 1 2'],
  ['libmemcached-modula-jenkins', '0 1 1 2 2 2 3 1 0 3 1 0'],
  ['libmemcached-modula-murmur', '0 3 3 2 2 0 1 0 0 3 1 2'],
  ['libmemcached-modula-murmur3', '0 2 2 3 1 0 0 2 1 3 3 2'],
  ['libmemcached-ketama-one_at_a_time', '0 1 0 1 2 2 3 1 1 3 1 3'],
  ['libmemcached-ketama-md5', '1 2 2 1 1 2 0 0 2 0 3 1'],
  ['libmemcached-ketama-weighted', '3 1 3 0 2 2 3 3 0 0 2 0'],
  ['libmemcached-ketama-spy', '0 3 3 0 2 2 0 1 1 0 0 2'],
  ['3rd-eden', '3 1 3 0 2 2 3 3 0 0 2 0'],
  ['twemproxy-ketama-md5', '3 1 3 0 2 2 3 3 0 0 2 0'],
  ['twemproxy-ketama-fnv1a_64', '1 1 0 0 0 2 2 2 2 1 2 0'],
  ['twemproxy-ketama-fnv1_64', '1 0 3 1 1 3 3 3 3 2 1 0'],
  ['twemproxy-ketama-fnv1a_32', '0 3 0 2 0 3 3 2 0 0 1 0'],
  ['twemproxy-ketama-fnv1_32', '2 0 1 0 1 0 0 0 0 3 3 0'],
  ['twemproxy-ketama-one_at_a_time', '2 3 0 3 2 1 3 0 2 2 1 0'],
  ['twemproxy-ketama-murmur', '3 1 1 3 0 1 0 3 0 0 3 3'],
  ['twemproxy-ketama-jenkins', '0 3 2 1 0 1 2 0 2 0 2 3'],
  ['twemproxy-ketama-hsieh', '0 2 2 3 2 2 0 1 1 1 1 2'],
  ['twemproxy-ketama-crc16', '2 1 0 2 2 1 1 1 1 0 0 1'],
  ['twemproxy-ketama-crc32a', '1 0 2 0 0 0 3 1 2 0 0 2'],
  ['twemproxy-ketama-crc32', '2 2 2 2 2 2 2 2 2 2 2 2'],
  ['twemproxy-modula-md5', '0 0 1 3 0 0 3 1 2 2 1 2'],
  ['twemproxy-modula-fnv1a_64', '0 2 2 3 0 3 1 0 2 2 1 3'],
  ['python-memcached', '3 3 1 3 3 1 2 3 0 3 0 0'],
  ['gomemcache', '3 1 2 2 0 3 1 3 1 2 1 1'],
  ['pymemcache', '1 0 3 2 0 0 0 3 2 0 2 3'],
  ['dalli', '0 3 2 3 1 1 1 0 2 0 0 2'],
  ['memjs', '1 2 2 3 1 1 2 3 0 3 2 1'],
  ['spymemcached-array-mod', '1 2 2 1 3 1 2 3 0 3 2 1'],
  ['memcached-proxy-jump', '1 2 1 1 3 0 2 2 2 3 2 2'],
  ['memcached-proxy-ring', '1 0 2 3 3 1 1 2 2 1 3 2'],
  ['memcached-proxy-ketama', '2 1 2 0 0 0 0 3 3 3 2 0'],
  ['memcached-proxy-ketama-xxh3', '0 3 1 0 0 3 0 2 1 1 2 3'],
  ['memcached-proxy-twemproxy', '3 1 3 0 2 2 3 3 0 0 2 0'],
  ['memcached-proxy-twemproxy-xxh3', '0 3 2 3 3 3 2 2 3 3 2 1'],
  ['memcached-proxy-evcache', '2 3 1 0 1 1 1 0 0 2 1 1'],
  ['memcached-proxy-evcache-xxh3', '2 0 0 1 2 1 0 3 0 2 1 2'],
];

const weights3121: readonly (readonly [profile: string, owners: string])[] = [
  ['ketama', '1 0 1 0 2 2 0 2 0 0 2 0'],
  ['libmemcached-ketama-one_at_a_time', '2 0 0 2 2 1 2 0 2 2 1 0'],
  ['twemproxy-ketama-md5', '1 0 1 0 2 2 0 2 0 0 2 0'],
  ['twemproxy-ketama-fnv1a_64', '2 2 0 0 0 2 2 2 2 1 2 0'],
  ['twemproxy-modula-fnv1a_64', '0 0 3 0 0 2 0 3 2 0 1 2'],
];

/** Names always with the port, 40 digests, MD5: many programs, one ring. */
const longNames = ['ketama-original', 'couchbase-ketama', 'spymemcached-ketama', 'memcached-proxy-ketama'];
/** The same without port 11211. */
const shortNames = ['ketama', 'libmemcached-ketama-weighted', 'twemproxy-ketama-md5', '3rd-eden'].concat(
  'spymemcached-ketama-libmemcached',
  'memcached-proxy-twemproxy',
);

describe('schemes that are equal on a small fleet of equal weights', () => {
  test.each([[longNames], [shortNames]])('%j', (profiles) => {
    const answers = profiles.map((profile) => owners(createLocator(profile, nodesOf(vectorFleet)), vectorKeys));
    expect(new Set(answers).size).toBe(1);
  });
});

describe('owners that the real programs give', () => {
  test.each(equalWeights)('%s', (profile, expected) => {
    expect(owners(createLocator(profile, nodesOf(vectorFleet)), vectorKeys)).toBe(expected);
  });

  test.each(weights3121)('%s, weights 3, 1, 2, 1', (profile, expected) => {
    expect(owners(createLocator(profile, nodesOf(vectorFleet, [3, 1, 2, 1])), vectorKeys)).toBe(expected);
  });
});
