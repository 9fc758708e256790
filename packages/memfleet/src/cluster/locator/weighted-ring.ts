import type { KeyHash, LocatorNode } from './locator.ts';
import { md5Points, RingLocator, sortPoints } from './ring.ts';

const { fround } = Math;

/**
 * How many MD5 digests (of four points each) a node gets on libmemcached's and twemproxy's weighted rings: its share of 40 times the number of
 * nodes. Both compute in C `float`, so every step is rounded to 32 bits here; at 25, 47, 50 … equal nodes that gives 39 rather than 40.
 */
export function floatDigests(weight: number, totalWeight: number, nodes: number): number {
  const share = fround(fround(weight) / fround(totalWeight));
  return Math.floor(fround(fround(fround(fround(share * 160) / 4) * nodes) + fround(1e-10)));
}

/** The sum of all weights. */
export function totalWeight(nodes: readonly LocatorNode[]): number {
  return nodes.reduce((sum, node) => sum + node.weight, 0);
}

/** A weighted ketama ring: MD5 of `name-i`, digests by {@link floatDigests}. */
export function weightedRing(
  nodes: readonly LocatorNode[],
  name: (node: LocatorNode) => string,
  hash: KeyHash,
): RingLocator {
  const total = totalWeight(nodes);
  const points = nodes.map((node) => {
    const label = name(node);
    return md5Points(floatDigests(node.weight, total, nodes.length), (i) => `${label}-${i}`);
  });
  return new RingLocator(nodes.length, sortPoints(points), hash);
}
