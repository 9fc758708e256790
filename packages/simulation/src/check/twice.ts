/** Two copies of an item: an operation concerns the one or the other, and a read of any may have been of either. */
import type { Operation } from '../history.ts';
import type { Model } from './model.ts';

type Pair<State> = readonly [State, State];

/** The name that one copy gives, with the copy. */
function named(nameOf: (operation: Operation) => string | undefined): (operation: Operation) => string | undefined {
  return (operation) => {
    const name = nameOf(operation);
    return name === undefined ? undefined : `${name} ${operation.replica}`;
  };
}

/** The model of both; operations name their copy by `replica`. */
export function twice<State>(model: Model<State>): Model<Pair<State>> {
  const step = ([one, other]: Pair<State>, operation: Operation): readonly Pair<State>[] => {
    const { replica } = operation;
    const first = (): Pair<State>[] => model.step(one, operation).map((next) => [next, other]);
    const second = (): Pair<State>[] => model.step(other, operation).map((next) => [one, next]);
    if (replica !== undefined) return replica === 0 ? first() : second();
    return [...first(), ...second()];
  };
  return {
    initial: [model.initial, model.initial],
    nameOf: (pair) => pair.map((state) => model.nameOf(state)).join(' and '),
    step,
    classOf: named((operation) => model.classOf(operation)),
    kindOf: named((operation) => model.kindOf(operation)),
  };
}
