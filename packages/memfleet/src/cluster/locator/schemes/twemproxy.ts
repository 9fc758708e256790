import { crc16 } from '../../../hash/crc16.ts';
import { crc32, crc32Libmemcached } from '../../../hash/crc32.ts';
import { fnv1, fnv1a, fnv1aWide, fnv1Wide } from '../../../hash/fnv.ts';
import { hsieh } from '../../../hash/hsieh.ts';
import { jenkins } from '../../../hash/jenkins.ts';
import { md5 } from '../../../hash/md5.ts';
import { murmur2 } from '../../../hash/murmur2.ts';
import { oneAtATime } from '../../../hash/one-at-a-time.ts';
import type { KeyHash, Locator, LocatorNode, LocatorScheme } from '../locator.ts';
import { serverName } from '../node-name.ts';
import { RandomLocator } from '../random.ts';
import { buildSorted } from '../routing.ts';
import { defineScheme } from '../scheme.ts';
import { SlotLocator, weightedSlots } from '../slots.ts';
import { digestRing, floatDigests } from '../weighted-ring.ts';

/** The hashes by the names of twemproxy's `hash:`; `fnv1a_64` is its default. */
const hashes: readonly (readonly [name: string, hash: KeyHash])[] = [
  ['one_at_a_time', oneAtATime],
  ['md5', md5],
  ['crc16', crc16],
  ['crc32', crc32Libmemcached],
  ['crc32a', crc32],
  ['fnv1_64', fnv1Wide],
  ['fnv1a_64', fnv1aWide],
  ['fnv1_32', fnv1],
  ['fnv1a_32', fnv1a],
  ['hsieh', hsieh],
  ['murmur', murmur2],
  ['jenkins', jenkins],
];

/** twemproxy sorts the servers of a pool by name: shorter names first, then by bytes. */
function byServerName(a: LocatorNode, b: LocatorNode): number {
  const [left, right] = [serverName(a), serverName(b)];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** twemproxy does not hash an empty key part: it is 0. */
function orZero(hash: KeyHash): KeyHash {
  return (key) => (key === '' ? 0 : hash(key));
}

function inServerOrder(build: (nodes: readonly LocatorNode[]) => Locator): (nodes: readonly LocatorNode[]) => Locator {
  return (nodes) => buildSorted(nodes, byServerName, build);
}

/** The schemes of twemproxy (nutcracker): `distribution` and `hash` of a pool. */
export const twemproxySchemes: readonly LocatorScheme[] = [
  ...hashes.map(([name, hash]) =>
    defineScheme({
      name: `twemproxy-ketama-${name}`,
      names: 'short',
      build: inServerOrder((nodes) => digestRing(nodes, serverName, floatDigests, { hash: orZero(hash) })),
    }),
  ),
  ...hashes.map(([name, hash]) =>
    defineScheme({
      name: `twemproxy-modula-${name}`,
      build: inServerOrder((nodes) => new SlotLocator(nodes.length, weightedSlots(nodes), orZero(hash))),
    }),
  ),
  defineScheme({
    name: 'twemproxy-random',
    build: (nodes, random) => new RandomLocator(nodes.length, random),
  }),
];
