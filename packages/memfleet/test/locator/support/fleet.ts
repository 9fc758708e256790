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
