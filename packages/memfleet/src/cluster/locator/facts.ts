/**
 * What the schemes are and which surprises they hold: for `memfleet/locator`, the command and the docs. Fleets need the
 * schemes alone (registry.ts), and load nothing of this.
 */
import type { LocatorProfile, ProfileTraits } from './locator.ts';

/** What a profile has beside its scheme. */
export interface SchemeFacts extends Pick<LocatorProfile, 'description'> {
  readonly traits: Omit<ProfileTraits, 'names'>;
}

/** Neither weights nor the order of the list count. */
const equalNodes: SchemeFacts['traits'] = { weights: 'ignored', order: 'none', keys: 'bytes' };
/** Weighted shares, calculated in floats. */
const floatShares: SchemeFacts['traits'] = { weights: 'counted', order: 'none', keys: 'bytes', rounding: 'float' };
const ketama: SchemeFacts['traits'] = { ...floatShares, prefix: 'bare' };

/**
 * How a hash of libhashkit or twemproxy treats bytes from 0x80 on: hashes that add plain `char`s sign-extend them on
 * x86.
 */
function charTrait(hashName: string): 'bytes' | 'signed' {
  return /^(?:one_at_a_time|fnv|hsieh)/.test(hashName) ? 'signed' : 'bytes';
}

function modula(hashName: string): SchemeFacts['traits'] {
  return { weights: 'ignored', order: 'list', keys: charTrait(hashName), prefix: 'bare' };
}

/** The facts of each scheme that is not of a family. */
const single: Readonly<Record<string, SchemeFacts>> = {
  'round-robin': {
    description: 'all nodes are equal (proxies, Moxi): each call goes to the next one',
    traits: { weights: 'counted', order: 'none', keys: 'none' },
  },
  modulo: {
    description: 'one-at-a-time hash modulo the number of nodes: the default of libmemcached',
    traits: modula('one_at_a_time'),
  },
  ketama: {
    description: 'weighted ketama of libmemcached (php OPT_LIBKETAMA_COMPATIBLE, pylibmc ketama_weighted), exact',
    traits: ketama,
  },
  jump: {
    description: 'jump hash over XXH3: even shares without a ring, for lists that grow and shrink at the end only',
    traits: { weights: 'ignored', order: 'list', keys: 'bytes' },
  },
  rendezvous: {
    description: 'rendezvous hash over the node ids by murmur3: the order of the list does not matter',
    traits: equalNodes,
  },
  'couchbase-ketama': {
    description: 'memcached-type buckets of Couchbase (libvbucket, libcouchbase): 160 points of host:port each',
    traits: equalNodes,
  },
  'couchbase-java-ketama': {
    description: "the same as in Couchbase's SDK for Java, which hashes IPv6 addresses without brackets",
    traits: equalNodes,
  },
  'libmemcached-ketama-weighted': {
    description:
      'libmemcached KETAMA_WEIGHTED, php OPT_LIBKETAMA_COMPATIBLE, pylibmc ketama_weighted; the same as ketama',
    traits: ketama,
  },
  'libmemcached-ketama-spy': {
    description: 'libmemcached CONSISTENT_KETAMA_SPY, weighted, md5; not what spymemcached does',
    traits: ketama,
  },
  'twemproxy-random': {
    description: 'twemproxy distribution random: any node, whatever the key',
    traits: { weights: 'ignored', order: 'none', keys: 'none' },
  },
  'memcached-proxy-jump': {
    description: "memcached's proxy, default distribution: jump hash over XXH3",
    traits: { weights: 'ignored', order: 'list', keys: 'bytes' },
  },
  'memcached-proxy-ring': {
    description: "memcached's proxy, dist_ring_hash in its default mode: XXH3 for points and keys",
    traits: equalNodes,
  },
  'python-memcached': {
    description: 'python-memcached: 15 bits of CRC-32 modulo, a weight repeats a node',
    traits: { weights: 'counted', order: 'list', keys: 'bytes' },
  },
  pymemcache: {
    description: 'pymemcache HashClient: rendezvous hash, murmur3 of host:port-key',
    traits: { weights: 'ignored', order: 'none', keys: 'text', prefix: 'bare' },
  },
  gomemcache: {
    description: 'gomemcache: CRC-32 modulo in the order of the list; with sort also meta-memcache-py modulo',
    traits: { weights: 'counted', order: 'list', keys: 'bytes' },
  },
  dalli: {
    description: 'Dalli: SHA-1 ring, keys by CRC-32 to the point before',
    traits: { weights: 'counted', order: 'none', keys: 'bytes', prefix: 'hashed' },
  },
  memjs: {
    description: 'memjs: absolute value of the Java string hash, modulo',
    traits: { weights: 'ignored', order: 'list', keys: 'text' },
  },
  'spymemcached-array-mod': {
    description: 'spymemcached default: Java string hash without sign, modulo',
    traits: { weights: 'ignored', order: 'list', keys: 'text' },
  },
  'spymemcached-ketama': {
    description: 'spymemcached KetamaConnectionFactory: names are ip:port; for a named host give the id name/ip:port',
    traits: floatShares,
  },
  'spymemcached-ketama-libmemcached': {
    description: 'spymemcached ketama with the name format LIBMEMCACHED',
    traits: floatShares,
  },
  '3rd-eden': {
    description: 'npm memcached 2.2.2 (hashring 3.2.0): ketama with the shares in doubles, not the same at every size',
    traits: { weights: 'counted', order: 'none', keys: 'bytes', rounding: 'double', prefix: 'hashed' },
  },
  'ketama-original': {
    description: "RJ/ketama's libketama: names always with the port; also Enyim's ketama",
    traits: floatShares,
  },
};

/** The facts of families of schemes, by what their names begin with; the rest of a name is the argument. */
const families: readonly (readonly [beginning: string, facts: (rest: string) => SchemeFacts])[] = [
  [
    'libmemcached-modula-',
    (hash) => ({ description: `libmemcached: ${hash} modulo the number of nodes`, traits: modula(hash) }),
  ],
  [
    'libmemcached-ketama-',
    (hash) => ({
      description: `libmemcached KETAMA, php DISTRIBUTION_CONSISTENT, with hash ${hash}; a weight above 1 changes all points`,
      traits: {
        ...ketama,
        weights: 'switch',
        keys: charTrait(hash),
        ...(hash === 'crc' && { narrow: 'weighted' }),
      },
    }),
  ],
  [
    'twemproxy-ketama-',
    (hash) => ({
      description: `twemproxy distribution ketama, hash ${hash}: weighted ketama points, keys by ${hash}`,
      traits: {
        weights: 'counted',
        order: 'none',
        keys: charTrait(hash),
        rounding: 'float',
        ...(hash === 'crc32' && { narrow: 'always' }),
      },
    }),
  ],
  [
    'twemproxy-modula-',
    (hash) => ({
      description: `twemproxy distribution modula, hash ${hash}: servers by name length, then name; a weight repeats one`,
      traits: { weights: 'counted', order: 'name', keys: charTrait(hash) },
    }),
  ],
  [
    'memcached-proxy-',
    (mode) => ({
      description: `memcached's proxy, dist_ring_hash omode ${mode.replace('-xxh3', '')}, keys by ${mode.endsWith('-xxh3') ? 'XXH3 (no hash given)' : 'MD5 (hash = mcp.dist_ring_hash.hash)'}`,
      traits: equalNodes,
    }),
  ],
];

/** The facts of a scheme. */
export function factsOf(name: string): SchemeFacts {
  const facts = single[name];
  if (facts !== undefined) return facts;
  const [beginning, of] = families.find(([start]) => name.startsWith(start)) ?? [];
  if (beginning === undefined || of === undefined) throw new Error(`facts.ts does not have the scheme ${name}`);
  return of(name.slice(beginning.length));
}
