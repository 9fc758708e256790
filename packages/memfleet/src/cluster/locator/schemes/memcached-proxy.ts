import { md5 } from '../../../hash/md5.ts';
import { xxh3 } from '../../../hash/xxh3.ts';
import { JumpLocator } from '../jump.ts';
import type { KeyHash, LocatorNode, LocatorScheme } from '../locator.ts';
import { configuredName, hostPort, hostUnlessDefaultPort } from '../node-name.ts';
import { hashPoints, RingLocator, sortPoints } from '../ring.ts';
import { defineScheme } from '../scheme.ts';
import { digestRing, fortyDigests } from '../weighted-ring.ts';

/** The ring modes that hash labels by MD5, with their names. */
const md5Modes: readonly (readonly [mode: string, name: (node: LocatorNode) => string])[] = [
  ['ketama', hostPort],
  ['twemproxy', hostUnlessDefaultPort],
  ['evcache', (node) => `${configuredName(node).host}/${hostPort(node)}`],
];

const keyHashes: readonly (readonly [suffix: string, hash: KeyHash])[] = [
  ['', md5],
  ['-xxh3', xxh3],
];

/** The default mode of the ring: 160 points per node, the low half of XXH3 of `host:port-i`. */
function xxhRing(nodes: readonly LocatorNode[]): RingLocator {
  return new RingLocator(nodes.length, () => sortPoints(nodes.map(xxhPoints)), { hash: xxh3 });
}

const xxhPoints = (node: LocatorNode): number[] => hashPoints(160, xxh3, (i) => `${hostPort(node)}-${i}`);

/**
 * The schemes of memcached's built-in proxy. The key hash of a pool is XXH3 with any ring, unless its configuration
 * sets `hash = mcp.dist_ring_hash.hash`, which is MD5 as everywhere else; so each MD5 ring exists with both. Weights do
 * not count, so the numbers of points never differ as they do in libmemcached.
 */
export const memcachedProxySchemes: readonly LocatorScheme[] = [
  defineScheme({
    name: 'memcached-proxy-jump',
    build: (nodes) => new JumpLocator(nodes.length),
  }),
  defineScheme({
    name: 'memcached-proxy-ring',
    names: 'long',
    build: xxhRing,
  }),
  ...md5Modes.flatMap(([mode, name]) =>
    keyHashes.map(([suffix, hash]) =>
      defineScheme({
        name: `memcached-proxy-${mode}${suffix}`,
        names: mode === 'twemproxy' ? 'short' : 'long',
        build: (nodes) => digestRing(nodes, name, fortyDigests, { hash }),
      }),
    ),
  ),
];
