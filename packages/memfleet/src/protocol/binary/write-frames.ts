/** Write terms as framing extras (frame-info.ts), and the features that a node must have granted for them. */
import { durabilities, type WriteTerms } from '../../core/write-terms.ts';
import { frameId } from './frame-info.ts';
import { feature } from './hello.ts';

/** 16 bits; kv_engine reserves 0 and 0xffff. */
const longestTimeout = 0xfffe;

/** Whether most of the copies must have the write. */
export function isDurable({ durability = 'none' }: WriteTerms): boolean {
  return durability !== 'none';
}

/** The framing extras of a write; undefined = it needs none. `timeout`: how long the node waits for copies, in ms. */
export function writeFrames(terms: WriteTerms, timeout: number): Uint8Array | undefined {
  const frames: number[] = [];
  if (isDurable(terms)) {
    const ms = Math.max(1, Math.min(longestTimeout, Math.floor(timeout)));
    frames.push((frameId.durability << 4) | 3, durabilities.indexOf(terms.durability!), ms >>> 8, ms & 0xff);
  }
  if (terms.preserveExpiry) frames.push(frameId.preserveExpiry << 4);
  return frames.length === 0 ? undefined : Uint8Array.from(frames);
}

const needs = [
  [],
  [feature.alternativeRequest, feature.synchronousReplication],
  [feature.alternativeRequest, feature.preserveExpiry],
  [feature.alternativeRequest, feature.synchronousReplication, feature.preserveExpiry],
] as const;

/** The features of HELLO without which a node cannot execute such a write. */
export function featuresFor(terms: WriteTerms): readonly number[] {
  return needs[(isDurable(terms) ? 1 : 0) + (terms.preserveExpiry ? 2 : 0)]!;
}
