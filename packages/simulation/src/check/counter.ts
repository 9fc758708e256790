/** A counter: nothing, or a number. Increments without an end are counted, not told apart. */
import type { Operation } from '../history.ts';
import type { Model } from './linearize.ts';

/** The number; undefined = there is none. */
export type Count = number | undefined;

function increment(count: Count, { delta = 1, initial, isSplit, result }: Operation): readonly Count[] {
  const after = count === undefined ? initial : count + delta;
  if (result === undefined || !('count' in result)) return [after];
  if (isSplit === true && result.count === undefined) return [count];
  return result.count === after ? [after] : [];
}

function remove(count: Count, { result }: Operation): readonly Count[] {
  const isThere = count !== undefined;
  if (result !== undefined && 'applied' in result && result.applied !== isThere) return [];
  return [undefined];
}

function read(count: Count, { result }: Operation): readonly Count[] {
  if (result === undefined || !('count' in result)) return [count];
  return result.count === count ? [count] : [];
}

const steps: Readonly<Partial<Record<Operation['verb'], (count: Count, operation: Operation) => readonly Count[]>>> = {
  get: read,
  incr: increment,
  delete: remove,
  wipe: () => [undefined],
};

/** The model of one counter. `canEvict`: it may go at any time. */
export function counterOf(canEvict = false): Model<Count> {
  return {
    initial: undefined,
    nameOf: String,
    step(count, operation) {
      const step = steps[operation.verb];
      if (step === undefined) throw new Error(`a counter has no ${operation.verb}`);
      const met = canEvict && count !== undefined ? [count, undefined] : [count];
      return met.flatMap((each) => step(each, operation));
    },
    classOf: ({ delta = 1, initial, verb }) => (verb === 'incr' ? `incr ${delta} ${initial}` : verb),
  };
}
