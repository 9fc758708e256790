/** What is measured: an operation on values of a kind and size, with so many calls in flight. */
import { named } from '../chosen.ts';

/** How a value is handed over: a string, a Buffer, or an object (JSON). */
export type ValueKind = 'text' | 'bytes' | 'object';

/**
 * `getHalf`: every other key is a miss. `mixed`: nine gets, one set. `getMany`: `batch` keys a call. `getArray`: the
 * same as an array, where the client has such a call.
 */
export type Operation = 'get' | 'getHalf' | 'set' | 'mixed' | 'getMany' | 'getArray';

/** One line of the result table. */
export interface Workload {
  /** `operation+size-in flight`. */
  readonly name: string;
  readonly operation: Operation;
  readonly kind: ValueKind;
  /** Bytes of a value (of an object: about). */
  readonly size: number;
  /** How many different keys. */
  readonly keys: number;
  /** Calls in flight. */
  readonly inFlight: number;
  /** On single nodes, or on a Couchbase-type cluster. */
  readonly place: 'nodes' | 'cluster';
}

/** Keys of one getMany. */
export const batch = 100;

function workload(
  prefix: string,
  inFlight: number,
  operation: Operation,
  size: number,
  kind: ValueKind = 'text',
  keys = 1000,
): Workload {
  const place = prefix.startsWith('vbucket-') ? 'cluster' : 'nodes';
  return { name: `${prefix}-${inFlight}`, operation, kind, size, keys, inFlight, place };
}

/** All of them, in the order of the tables. */
export const workloads: readonly Workload[] = [
  ...[1, 64, 256, 1000].map((inFlight) => workload('get100', inFlight, 'get', 100)),
  workload('half100', 256, 'getHalf', 100),
  ...[1, 64, 256, 1000].map((inFlight) => workload('set100', inFlight, 'set', 100)),
  workload('mixed100', 256, 'mixed', 100),
  workload('get4k', 64, 'get', 4096),
  workload('set4k', 64, 'set', 4096),
  workload('get100k', 8, 'get', 100 * 1024, 'bytes', 50),
  workload('set100k', 8, 'set', 100 * 1024, 'bytes', 50),
  workload('get1m', 4, 'get', 1_000_000, 'bytes', 8),
  workload('set1m', 4, 'set', 1_000_000, 'bytes', 8),
  workload('getjson1k', 256, 'get', 1024, 'object'),
  workload('setjson1k', 256, 'set', 1024, 'object'),
  workload('getmany100', 1, 'getMany', 100),
  workload('getmany100', 8, 'getMany', 100),
  workload('getarray100', 1, 'getArray', 100),
  workload('vbucket-get100', 256, 'get', 100),
  workload('vbucket-upsert100', 256, 'set', 100),
];

/** Does a call have several keys? */
export function isOfMany({ operation }: Workload): boolean {
  return operation === 'getMany' || operation === 'getArray';
}

/** Not one of them: looks at memory, not at speed. */
export const memoryWorkload = 'memory';

/** The workload of exactly this name. */
export function workloadNamed(name: string): Workload {
  return named(workloads, name, 'workload');
}

/**
 * Those that the wishes name, whole (`get100-64`) or without what is in flight (`get100`); all when there is no wish.
 */
export function chooseWorkloads(wishes: readonly string[]): readonly Workload[] {
  const unknown = wishes.find((wish) => !workloads.some((candidate) => matches(candidate, wish)));
  if (unknown !== undefined) {
    throw new Error(
      `there is no workload ${unknown}; known: ${[...workloads.map((known) => known.name), memoryWorkload].join(', ')}`,
    );
  }
  return wishes.length === 0
    ? workloads
    : workloads.filter((candidate) => wishes.some((wish) => matches(candidate, wish)));
}

function matches(candidate: Workload, wish: string): boolean {
  return candidate.name === wish || candidate.name.startsWith(`${wish}-`);
}
