/**
 * Merges the statistics of several nodes. Numbers are added up, except
 *
 *   the largest counts     times, ages, states that are 0 or 1
 *   the smallest counts    uptime, accepting_conns, item_size_max
 *   the first counts       sizes that are the same everywhere, and values that are not numbers
 */
import { inOrder } from '../../store/stats/general.ts';
import type { StatLine } from '../stats.ts';

type Merge = (values: readonly string[]) => string;

const first: Merge = (values) => values[0] ?? '';
const largest: Merge = (values) => pick(values, (one, other) => one > other);
const smallest: Merge = (values) => pick(values, (one, other) => one < other);

const isNumber = /^-?\d+(?:\.\d+)?$/;

function pick(values: readonly string[], isBetter: (one: number, other: number) => boolean): string {
  return values.reduce((best, value) => (isBetter(Number(value), Number(best)) ? value : best));
}

/** Counters of 64 bits and seconds with a fraction. */
const sum: Merge = (values) => {
  if (!values.every((value) => isNumber.test(value))) return first(values);
  if (values.every((value) => !value.includes('.'))) {
    return String(values.reduce((total, value) => total + BigInt(value), 0n));
  }
  return values.reduce((total, value) => total + Number(value), 0).toFixed(6);
};

/** The names that are not added up, without their class. */
const exceptions: ReadonlyMap<string, Merge> = new Map([
  ...['time', 'hash_power_level', 'hash_is_expanding', 'slab_reassign_running', 'lru_crawler_running'].map(
    (name) => [name, largest] as const,
  ),
  ...['age', 'age_hot', 'age_warm', 'evicted_time'].map((name) => [name, largest] as const),
  ...['uptime', 'accepting_conns'].map((name) => [name, smallest] as const),
  ...['pid', 'version', 'libevent', 'pointer_size', 'chunk_size', 'chunks_per_page'].map(
    (name) => [name, first] as const,
  ),
]);

/** The same for settings: nearly all are equal everywhere. */
const settingExceptions: ReadonlyMap<string, Merge> = new Map([
  ['maxbytes', sum],
  ['maxconns', sum],
  ['num_threads', sum],
  ['item_size_max', smallest],
]);

/** `items:5:age` is about `age`, `5:chunk_size` about `chunk_size`. */
function plainName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** A value that is safe on a line: a binary node may send any bytes. */
export function oneLine(value: string | number): string {
  return String(value).replaceAll(/[^\x20-\x7e\x80-\xff]+/g, ' ');
}

function merged(nodes: Iterable<readonly StatLine[]>, mergeOf: (name: string) => Merge): Map<string, string> {
  const values = new Map<string, string[]>();
  for (const lines of nodes) {
    for (const [name, value] of lines) {
      const text = oneLine(value);
      const known = values.get(name);
      if (known === undefined) values.set(name, [text]);
      else known.push(text);
    }
  }
  return new Map([...values].map(([name, all]) => [name, mergeOf(name)(all)]));
}

const byRule = (name: string): Merge => exceptions.get(plainName(name)) ?? sum;

/** `stats`. */
export function generalSums(nodes: Iterable<readonly StatLine[]>): Map<string, string> {
  return new Map(inOrder(merged(nodes, byRule)) as [string, string][]);
}

/** `stats settings`. */
export function settingSums(nodes: Iterable<readonly StatLine[]>): Map<string, string> {
  return merged(nodes, (name) => settingExceptions.get(name) ?? first);
}

/** The number of the class in `items:5:age` and `5:chunk_size`; names without one come last. */
function classOf(name: string): number {
  const digits = /^(?:items:)?(\d+):/.exec(name)?.[1];
  return digits === undefined ? Infinity : Number(digits);
}

/** `stats items`, `stats slabs`: class by class. */
export function classSums(nodes: Iterable<readonly StatLine[]>): StatLine[] {
  const sums = merged(nodes, byRule);
  const classes = new Set([...sums.keys()].map(classOf).filter((number) => number !== Infinity));
  if (sums.has('active_slabs')) sums.set('active_slabs', String(classes.size));
  // Sorting keeps the order within a class.
  return [...sums].toSorted(([one], [other]) => {
    const [a, b] = [classOf(one), classOf(other)];
    return a === b ? 0 : a - b;
  });
}

/** `stats sizes`: by size; disabled when no node has it enabled. */
export function sizeSums(nodes: Iterable<readonly StatLine[]>): StatLine[] {
  const sums = merged(nodes, byRule);
  const status = sums.get('sizes_status');
  sums.delete('sizes_status');
  if (sums.size === 0 && status !== undefined) return [['sizes_status', status]];
  return [...sums].toSorted(([one], [other]) => Number(one) - Number(other));
}

const prefixLine = /^PREFIX (.*) get (\d+) hit (\d+) set (\d+) del (\d+)$/;

/** `stats detail dump`: merges the lines, without line ends, of all nodes. */
export function prefixSums(lines: Iterable<string>): string[] {
  const counts = new Map<string, bigint[]>();
  for (const line of lines) {
    const [, prefix, ...numbers] = prefixLine.exec(line) ?? [];
    if (prefix === undefined) continue;
    const known = counts.get(prefix) ?? [0n, 0n, 0n, 0n];
    counts.set(
      prefix,
      known.map((count, i) => count + BigInt(numbers[i] as string)),
    );
  }
  return [...counts].map(
    ([prefix, [gets, hits, sets, deletes]]) => `PREFIX ${prefix} get ${gets} hit ${hits} set ${sets} del ${deletes}`,
  );
}
