/** Where keys live under a scheme, and how many live elsewhere under another. */
import type { Locator, LocatorNode, LocatorOptions } from 'memfleet/locator';

/** A scheme applied to a fleet. */
export interface Placement {
  /** For people: the name of the scheme. */
  readonly title: string;
  readonly nodes: readonly LocatorNode[];
  readonly locator: Pick<Locator, 'locate'>;
  /** What the client puts before its keys, and hashes. */
  readonly keyPrefix: string;
  readonly settings: LocatorOptions;
}

/** The id of the node that a key lives on. Keys are as users write them: their UTF-8 bytes go on the wire. */
export function nodeOf({ nodes, locator, keyPrefix }: Placement, key: string): string {
  return (nodes[locator.locate(Buffer.from(keyPrefix + key).toString('latin1'))] as LocatorNode).id;
}

/** How the keys of one node fare between two placements. */
export interface NodeShare {
  readonly node: string;
  readonly before: number;
  readonly after: number;
  /** Keys that are on it before and after. */
  readonly stay: number;
}

/** What changes between two placements. */
export interface Comparison {
  readonly keys: number;
  /** Keys that live on another node afterwards. */
  readonly moved: number;
  readonly nodes: readonly NodeShare[];
}

/** Compares by node id. */
export function comparePlacements(before: Placement, after: Placement, keys: Iterable<string>): Comparison {
  const shares = new Map<string, { before: number; after: number; stay: number }>();
  for (const { id } of [...before.nodes, ...after.nodes]) shares.set(id, { before: 0, after: 0, stay: 0 });
  let count = 0;
  let moved = 0;
  for (const key of keys) {
    const [from, to] = [nodeOf(before, key), nodeOf(after, key)];
    const share = shares.get(from);
    if (share !== undefined) share.before++;
    const target = shares.get(to);
    if (target !== undefined) target.after++;
    if (from === to && share !== undefined) share.stay++;
    else moved++;
    count++;
  }
  return { keys: count, moved, nodes: [...shares].map(([node, share]) => ({ node, ...share })) };
}

/** `key:0`, `key:1` … */
export function* sampleKeys(count: number): Generator<string> {
  for (let n = 0; n < count; n++) yield `key:${n}`;
}
