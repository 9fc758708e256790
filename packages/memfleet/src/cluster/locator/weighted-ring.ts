import type { LocatorNode } from './locator.ts';
import { md5Points, RingLocator, type RingRules, sortPoints } from './ring.ts';

const { fround } = Math;

/** The number of MD5 digests, of four points each, of a node on a ring: its share of 40 times the number of nodes. */
export type DigestCount = (weight: number, totalWeight: number, nodes: number) => number;

/**
 * libmemcached and twemproxy compute the share in C `float`, so every step is rounded to 32 bits here: 25, 47, 50 …
 * equal nodes get 39 digests each rather than 40.
 */
export const floatDigests: DigestCount = (weight, totalWeight, nodes) => {
  const share = fround(fround(weight) / fround(totalWeight));
  return Math.floor(fround(fround(fround(fround(share * 160) / 4) * nodes) + fround(1e-10)));
};

/**
 * RJ/ketama, the original: the share is a `float`, the product a `double` that is cut to a `float` before it is rounded
 * down.
 */
export const originalDigests: DigestCount = (weight, totalWeight, nodes) => {
  const share = fround(fround(weight) / fround(totalWeight));
  return Math.floor(fround(share * 40 * nodes));
};

/** npm hashring: doubles all the way and no 1e-10, so it is 7, 14, 28, 49, 56 … equal nodes that get 39 digests. */
export const doubleDigests: DigestCount = (weight, totalWeight, nodes) =>
  Math.floor((weight / totalWeight) * 40 * nodes);

/** Weights do not count: 40 digests each. */
export const fortyDigests: DigestCount = () => 40;

/** The sum of all weights. */
export function totalWeight(nodes: readonly LocatorNode[]): number {
  return nodes.reduce((sum, node) => sum + node.weight, 0);
}

/** A ring of the MD5 digests of `name-0`, `name-1` … */
export function digestRing(
  nodes: readonly LocatorNode[],
  name: (node: LocatorNode) => string,
  digests: DigestCount,
  rules: RingRules,
): RingLocator {
  const total = totalWeight(nodes);
  const pointsOf = (node: LocatorNode): number[] => {
    const label = name(node);
    return md5Points(digests(node.weight, total, nodes.length), (i) => `${label}-${i}`);
  };
  return new RingLocator(nodes.length, () => sortPoints(nodes.map(pointsOf)), rules);
}
