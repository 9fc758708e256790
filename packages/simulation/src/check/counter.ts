/** A counter: nothing, or a number. Increments without an end are counted, not told apart. */
import type { Operation } from '../history.ts';
import type { Leap, Model } from './model.ts';

/** The number; undefined = there is none. */
export type Count = number | undefined;

function increment(count: Count, { delta = 1, initial, result }: Operation): readonly Count[] {
  const after = count === undefined ? initial : count + delta;
  if (result === undefined || !('count' in result)) return [after];
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

/** The create of a counter: only where there is none. */
function create(count: Count, { initial, result }: Operation): readonly Count[] {
  const isThere = count !== undefined;
  if (result !== undefined && 'applied' in result && result.applied === isThere) return [];
  return [isThere ? count : initial];
}

type Step = (count: Count, operation: Operation) => readonly Count[];

const steps: Readonly<Partial<Record<Operation['verb'], Step>>> = {
  add: create,
  get: read,
  incr: increment,
  delete: remove,
  wipe: () => [undefined],
};

/** Increments are worth a leap to a number that a pending operation met. */
function leaps(count: Count, sample: Operation, most: number, pending: Iterable<Operation>): readonly Leap<Count>[] {
  const [next] = (steps[sample.verb] as Step)(count, sample);
  if (sample.verb !== 'incr' || next === undefined || most === 0) return [[next, 1]];
  const { delta = 1 } = sample;
  const found = new Map<Count, number>();
  for (const { delta: other = 1, result, verb } of pending) {
    if (result === undefined || !('count' in result) || result.count === undefined) continue;
    const met = verb === 'incr' ? result.count - other : result.count;
    const steps = 1 + (met - next) / delta;
    if (Number.isInteger(steps) && steps >= 1 && steps <= most) found.set(met, steps);
  }
  // Any number will do for a delete.
  found.set(next, 1);
  return [...found];
}

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
    leaps,
    kindOf({ delta = 1, initial, result, verb }) {
      if (verb === 'incr')
        return `incr ${delta} ${initial} ${result !== undefined && 'count' in result ? result.count : '?'}`;
      return verb === 'delete' && result !== undefined && 'applied' in result && result.applied ? verb : undefined;
    },
    classOf: ({ delta = 1, initial, verb }) => (verb === 'incr' ? `incr ${delta} ${initial}` : verb),
  };
}
