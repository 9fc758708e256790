/**
 * Values in place of those that cannot be read, so that the rest of a file is judged in the same run. The file is
 * refused anyway: nothing is ever made of them.
 */
import type { AnyOptions, Kind, KindName } from 'memfleet/proxy';

const text = 'stand-in';
const least = ({ min = 1 }: Kind): number => min;

const makers: Partial<Readonly<Record<KindName, (kind: Kind) => unknown>>> = {
  text: () => text,
  secret: () => text,
  route: () => text,
  nodes: () => text,
  whole: least,
  number: least,
  milliseconds: least,
  seconds: least,
  bytes: least,
  flag: () => false,
  choice: ({ choices = [] }) => choices[0],
  list: ({ item }) => (item === undefined ? [] : [standInFor(item)]),
  named: () => ({}),
  table: ({ options = {} }) => requiredOf(options),
};

/** A value of the kind; undefined where none is needed. */
export function standInFor(kind: Kind): unknown {
  return makers[kind.name]?.(kind);
}

function requiredOf(options: AnyOptions): object {
  const required = Object.entries(options).filter(([, { isRequired }]) => isRequired === true);
  return Object.fromEntries(required.map(([name, { kind }]) => [name, standInFor(kind)]));
}
