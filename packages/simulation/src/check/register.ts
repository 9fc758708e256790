/**
 * An item as memcached keeps it: nothing, or a value that is known by the numbers of the writes that make it.
 *
 * Expiry: an item that was written at a moment between `begin` and `end` with a ttl of n seconds may be gone from
 * begin + n - 1 s on (nodes count in whole seconds), and must be gone after end + n + 1 s.
 */
import type { Operation, Result } from '../history.ts';
import type { Model } from './model.ts';

/** An item. */
export interface Item {
  /** The numbers of its writes; undefined = there is none; empty = writes that nobody has read. */
  readonly value: readonly number[] | undefined;
  /** From when on it may be gone, and until when it may be there: virtual ms. */
  readonly mayGo: number;
  readonly mustGo: number;
}

/** No item. */
export const nothing: Item = { value: undefined, mayGo: Infinity, mustGo: Infinity };

/** Writes that nobody has read are one value. */
const unread: readonly number[] = [];

type Step = (item: Item, operation: Operation, isRead: (number: number) => boolean) => readonly Item[];

/** How long an item lives that this operation wrote. */
function life(operation: Operation): Pick<Item, 'mayGo' | 'mustGo'> {
  const { beginAt, end, endAt, ttl } = operation;
  if (ttl === undefined) return { mayGo: Infinity, mustGo: Infinity };
  const mustGo = end === Infinity ? Infinity : endAt + ttl * 1000 + 1000;
  return { mayGo: beginAt + ttl * 1000 - 1000, mustGo };
}

function written(operation: Operation, isRead: (number: number) => boolean): Item {
  const number = operation.number ?? -1;
  return { value: isRead(number) ? [number] : unread, ...life(operation) };
}

/** The result of a write that is known; undefined = any. */
function applied(result: Result | undefined): boolean | undefined {
  return result !== undefined && 'applied' in result ? result.applied : undefined;
}

/** A write that is applied if there is an item (`wants`), or if there is none. */
function conditional(wants: boolean, apply: Step): Step {
  return (item, operation, isRead) => {
    const isApplied = applied(operation.result);
    const fits = (item.value !== undefined) === wants;
    if (isApplied !== undefined && isApplied !== fits) return [];
    return fits ? apply(item, operation, isRead) : [item];
  };
}

const replaced: Step = (_item, operation, isRead) => [written(operation, isRead)];

const set: Step = (item, operation, isRead) =>
  applied(operation.result) === false ? [] : replaced(item, operation, isRead);

const appended: Step = (item, operation, isRead) => {
  const number = operation.number ?? -1;
  const value = item.value === unread || !isRead(number) ? unread : [...(item.value ?? []), number];
  return [{ ...item, value }];
};

const cas: Step = (item, operation, isRead) => {
  const isApplied = applied(operation.result);
  const isSame = item.value !== undefined && isEqual(item.value, operation.expected);
  // Cas numbers that began again may be equal by chance.
  const isAny = operation.isStaleToken === true && item.value !== undefined;
  const mayBeRefused = operation.isForeignToken === true && isSame;
  const fits = isAny || mayBeRefused ? [true, false] : [isSame];
  return fits
    .filter((fit) => isApplied === undefined || isApplied === fit)
    .map((fit) => (fit ? written(operation, isRead) : item));
};

const get: Step = (item, { result }) => {
  if (result === undefined || !('value' in result)) return [item];
  return isEqual(item.value, result.value) ? [item] : [];
};

const steps: Readonly<Partial<Record<Operation['verb'], Step>>> = {
  get,
  set,
  add: conditional(false, replaced),
  replace: conditional(true, replaced),
  append: conditional(true, appended),
  cas,
  delete: conditional(true, () => [nothing]),
  touch: conditional(true, (item, operation) => [{ ...item, ...life(operation) }]),
  wipe: () => [nothing],
  fill: (item, operation, isRead) => (item.value === undefined ? [item, written(operation, isRead)] : [item]),
};

function isEqual(one: readonly number[] | undefined, other: readonly number[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one !== unread && one.length === other.length && one.every((number, at) => number === other[at]);
}

/** The items that an operation may meet: the one, and nothing if it may have expired or been evicted. */
function met(item: Item, { beginAt, endAt }: Operation, canEvict: boolean): readonly Item[] {
  if (item.value === undefined) return [item];
  if (beginAt > item.mustGo) return [nothing];
  return canEvict || endAt >= item.mayGo ? [item, nothing] : [item];
}

/** Whatever item they meet, it is no more after them. */
const overwriting: ReadonlySet<Operation['verb']> = new Set(['set', 'replace', 'delete', 'wipe']);
/** They need an item, and leave one. */
const changing: ReadonlySet<Operation['verb']> = new Set(['replace', 'append', 'touch']);

/** Whether a write that nobody has read can be overwritten at once by the next, which is right in this state. */
function vanishes(item: Item, operation: Operation, next: Operation): boolean {
  if (!overwriting.has(next.verb) || applied(next.result) === false) return false;
  if (applied(operation.result) === false) return false;
  if (operation.verb === 'set') return true;
  return changing.has(operation.verb) && item.value !== undefined && operation.beginAt <= item.mustGo;
}

/** The reads, and compare-and-swaps, that show that a write took effect. */
function readersOf(operations: readonly Operation[]): Map<number, Operation[]> {
  const readers = new Map<number, Operation[]>();
  for (const operation of operations) {
    const { expected, isStaleToken, result } = operation;
    if (result === undefined) continue;
    const isSwap = applied(result) === true && isStaleToken !== true;
    const numbers = 'value' in result ? result.value : isSwap ? expected : undefined;
    for (const number of new Set(numbers)) {
      const list = readers.get(number);
      if (list === undefined) readers.set(number, [operation]);
      else list.push(operation);
    }
  }
  return readers;
}

/** Nothing, and the item that may be there instead. */
function asWarm(item: Item, warm: number | undefined): readonly Item[] {
  if (warm === undefined) return [item];
  const isWarm = item.value === undefined || (item.value.length === 1 && item.value[0] === warm);
  return isWarm ? [nothing, { ...nothing, value: [warm] }] : [item];
}

/**
 * The model of one key. `operations`: all of it, to know which writes were read. `canEvict`: items may go at any time.
 * `warm`: the number of a write that may be there, or not, wherever nothing newer is.
 */
export function registerOf(operations: readonly Operation[], canEvict = false, warm?: number): Model<Item> {
  const read = new Set<number>();
  for (const { expected, result } of operations) {
    if (result !== undefined && 'value' in result) for (const number of result.value ?? []) read.add(number);
    for (const number of expected ?? []) read.add(number);
  }
  if (warm !== undefined) read.add(warm);
  const isRead = (number: number): boolean => read.has(number);
  const readers = readersOf(operations);
  // What a copy may bring back.
  const copies = new Set(operations.flatMap(({ number, verb }) => (verb === 'fill' ? [number] : [])).concat(warm));
  const hasTtl = operations.some(({ ttl }) => ttl !== undefined);
  return {
    initial: nothing,
    nameOf({ value, mayGo, mustGo }) {
      if (value === undefined) return 'nothing';
      const name = value.length === 0 ? 'something unread' : `#${value.join(' #')}`;
      return mustGo === Infinity && mayGo === Infinity ? name : `${name} until ${mayGo} to ${mustGo}`;
    },
    step(item, operation) {
      const step = steps[operation.verb];
      if (step === undefined) throw new Error(`a register has no ${operation.verb}`);
      const items = met(item, operation, canEvict).flatMap((each) => asWarm(each, warm));
      if (items.length === 1) return step(items[0] as Item, operation, isRead);
      return items.flatMap((each) => step(each, operation, isRead));
    },
    classOf({ number, ttl, verb }) {
      // Of those with a ttl the first stands for all: its item may go the earliest.
      if (verb === 'delete' || verb === 'touch' || verb === 'fill') return verb;
      if (verb === 'cas') return undefined;
      if (number === undefined || isRead(number)) return undefined;
      // Without times they do the same.
      if (!hasTtl && (verb === 'replace' || verb === 'append')) return 'change';
      return `${verb} ${ttl !== undefined}`;
    },
    kindOf({ number, result, ttl, verb }) {
      if (verb === 'get' || verb === 'wipe' || verb === 'cas' || ttl !== undefined || applied(result) !== true)
        return undefined;
      return number === undefined || !isRead(number) ? verb : undefined;
    },
    vanishes: (item, operation, next) => !isRead(operation.number ?? -1) && vanishes(item, operation, next),
    isDoomed({ value = [] }, next, isDone) {
      return value.some(
        (number) =>
          !copies.has(number) && next.value?.includes(number) !== true && readers.get(number)?.every(isDone) === false,
      );
    },
    isSeen: ({ number, verb }) => number !== undefined && verb !== 'fill' && readers.has(number),
  };
}
