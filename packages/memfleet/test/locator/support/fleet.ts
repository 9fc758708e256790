import { createHash } from 'node:crypto';
import type { Locator, LocatorNode } from '../../../src/cluster/locator/locator.ts';

/** Nodes from `host:port` strings; the id is the string, the weights come one by one. */
export function nodesOf(addresses: readonly string[], weights: readonly number[] = []): LocatorNode[] {
  return addresses.map((id, index) => {
    const [host, port] = id.split(':') as [string, string];
    return { id, host, port: Number(port), weight: weights[index] ?? 1 };
  });
}

/** A text as the byte string of its UTF-8 bytes. */
export function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The node indexes of keys, as one line. */
export function owners(locator: Locator, keys: readonly string[]): string {
  return keys.map((key) => locator.locate(key)).join(' ');
}

/** MD5 in hex over all that `write` is given. */
export function md5Of(fill: (write: (text: string) => void) => void): string {
  const hash = createHash('md5');
  let pending = '';
  fill((text) => {
    pending += text;
    if (pending.length > 65_536) {
      hash.update(pending, 'latin1');
      pending = '';
    }
  });
  return hash.update(pending, 'latin1').digest('hex');
}

/** The fleet and the keys of the vectors that were taken from the real programs. */
export const vectorFleet: readonly string[] = [
  '10.0.0.1:11211',
  '10.0.0.2:11211',
  '10.0.0.3:11212',
  'cache.example:11211',
];
export const vectorKeys: readonly string[] = 'a foo user:1 user:42 session:abcdef k0 k1 k2 k3 naïve VDEAAAAA :1:x'
  .split(' ')
  .map(bytes);

/**
 * The sizes at which rings are compared: small ones, and those where shares round differently in floats and doubles.
 */
export const proofSizes: readonly number[] = [2, 3, 4, 7, 25, 47, 100];

/** Random numbers from 0 to below 1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Random texts that are keys everywhere: 1 to 40 characters, some up to 250 bytes, one in eight not ASCII. */
export function randomKeys(count: number): string[] {
  const random = seeded(count);
  const pick = (alphabet: readonly string[]): string => alphabet[Math.floor(random() * alphabet.length)]!;
  return Array.from({ length: count }, (_, i) => {
    const alphabet = i % 8 === 0 ? wide : ascii;
    const length = 1 + Math.floor(random() * (i % 50 === 1 ? 250 : i % 8 === 0 ? 20 : 40));
    return Array.from({ length }, () => pick(alphabet)).join('');
  });
}

const ascii: readonly string[] = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const wide: readonly string[] = [...ascii.slice(0, 60), ...Array.from('äöüßéèçñøåłžπλДЖשع漢字かな🙂🚀')];

/** Addresses of n nodes: IP addresses and names, on the default port and others. */
export function fleetOf(n: number): string[] {
  return Array.from({ length: n }, (_, i) => {
    const host = i % 5 === 2 ? `cache-${i}.example` : `10.${i % 3}.0.${i}`;
    return `${host}:${i % 4 === 3 ? 11_212 + i : 11_211}`;
  });
}

/** Weights of n nodes, 1 to 5. */
export function weightsOf(n: number): number[] {
  return Array.from({ length: n }, (_, i) => 1 + ((i * 7) % 5));
}
