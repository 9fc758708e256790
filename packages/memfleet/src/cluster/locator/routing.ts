import { InvalidOptionError } from '../../core/errors.ts';
import type { Locator, LocatorNode, LocatorOptions } from './locator.ts';

/**
 * Makes the function that finds the part of a key between two marks, by the rule of twemproxy's `hash_tag`: from the
 * first opening mark to the first closing mark after it, if at least one byte is between them; else the whole key. Both
 * marks may be the same character.
 *
 * @param marks two characters, for example `{}`
 * @throws {InvalidOptionError} when `marks` is not exactly two bytes
 */
export function hashTag(marks: string): (key: string) => string {
  if (marks.length !== 2)
    throw new InvalidOptionError(
      `hashTag must be two characters, such as "{}", not ${JSON.stringify(marks)}`,
      'hashTag',
    );
  const [opening, closing] = marks as unknown as [string, string];
  return (key) => {
    const start = key.indexOf(opening);
    if (start < 0) return key;
    const end = key.indexOf(closing, start + 1);
    return end > start + 1 ? key.slice(start + 1, end) : key;
  };
}

/**
 * The part of a key that is hashed under `options`: first the prefix is removed (where a key has it), then the hash tag
 * is searched.
 *
 * @returns undefined when the options leave every key as it is
 */
export function routingPart(options: LocatorOptions): ((key: string) => string) | undefined {
  const { prefix, hashTag: marks } = options;
  const tagged = marks === undefined || marks === '' ? undefined : hashTag(marks);
  if (prefix === undefined || prefix === '') return tagged;
  const bare = (key: string): string => (key.startsWith(prefix) ? key.slice(prefix.length) : key);
  return tagged === undefined ? bare : (key) => tagged(bare(key));
}

/** Shows another locator only a part of each key. */
export class PartLocator implements Locator {
  readonly size: number;
  readonly #inner: Locator;
  readonly #part: (key: string) => string;

  constructor(inner: Locator, part: (key: string) => string) {
    this.size = inner.size;
    this.#inner = inner;
    this.#part = part;
  }

  locate(key: string): number {
    return this.#inner.locate(this.#part(key));
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    return this.#inner.locateNext(this.#part(key), skip);
  }
}

/**
 * Translates the indexes of a locator that was made from a reordered list to those of the original list.
 */
class ReorderedLocator implements Locator {
  readonly size: number;
  readonly #inner: Locator;
  readonly #order: Uint16Array;

  /** @param order the given index of each node in the re-ordered list */
  constructor(inner: Locator, order: readonly number[]) {
    this.size = inner.size;
    this.#inner = inner;
    this.#order = Uint16Array.from(order);
  }

  locate(key: string): number {
    const index = this.#inner.locate(key);
    return index < 0 ? index : this.#order[index]!;
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    const index = this.#inner.locateNext(key, (inner) => skip(this.#order[inner]!));
    return index < 0 ? index : this.#order[index]!;
  }
}

/**
 * Sorts nodes with `compare`, builds a locator from the sorted list, and translates its indexes to those of the
 * original list.
 */
export function buildSorted(
  nodes: readonly LocatorNode[],
  compare: (a: LocatorNode, b: LocatorNode) => number,
  build: (sorted: readonly LocatorNode[]) => Locator,
): Locator {
  const order = nodes.map((_, index) => index).sort((a, b) => compare(nodes[a]!, nodes[b]!) || a - b);
  const inner = build(order.map((index) => nodes[index]!));
  return order.every((from, to) => from === to) ? inner : new ReorderedLocator(inner, order);
}

/** Orders nodes by their names as byte strings. */
export function byId(a: LocatorNode, b: LocatorNode): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
