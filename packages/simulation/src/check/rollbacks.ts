/**
 * C2: a failover loses at most the writes that replicas did not have yet, the last ones first, and no durable one.
 *
 *   set 1 ── set 2 ── set 3 ── failover       2 and 3 ended within the lag: the item is 3, or 2, or 1 from then on
 *   set 1 ── set 2 durable ── set 3 ── failover        3 or 2
 */
import type { Operation } from '../history.ts';
import type { Model } from './model.ts';

/** An item that was replaced. */
interface Past<State> {
  readonly state: State;
  /** The end of what replaced it: virtual ms. */
  readonly until: number;
}

/** An item, and those before it that a failover may bring back. */
export interface Dated<State> {
  readonly now: State;
  readonly past: readonly Past<State>[];
}

/** A model that knows the failovers among the operations. */
export function withRollbacks<State>(model: Model<State>, operations: readonly Operation[]): Model<Dated<State>> {
  const rollbacks = operations.filter(({ verb }) => verb === 'rollback');
  /** Whether a failover to come may undo what ends then. */
  const mayGo = (until: number, at: number): boolean =>
    rollbacks.some(({ endAt, keptUntil = 0 }) => endAt >= at && keptUntil < until);
  const nameOf = ({ now, past }: Dated<State>): string => {
    const before = past.map(({ state, until }) => `${model.nameOf(state)} to ${until}`);
    return [model.nameOf(now), ...before].join(', before ');
  };

  function changed({ now, past }: Dated<State>, next: State, operation: Operation): Dated<State> {
    const { beginAt, endAt, isDurable, result } = operation;
    // Writes that nobody has read are equal.
    const isStored = result !== undefined && !('value' in result) && !('applied' in result && !result.applied);
    if (isDurable === true && isStored) return { now: next, past: [] };
    if (model.nameOf(now) === model.nameOf(next)) return { now: next, past };
    const all = isDurable === true ? [] : [...past, { state: now, until: endAt }];
    return { now: next, past: all.filter(({ until }) => mayGo(until, beginAt)) };
  }

  return {
    initial: { now: model.initial, past: [] },
    nameOf,
    step(state, operation) {
      if (operation.verb === 'rollback') {
        const { keptUntil = 0 } = operation;
        const back = state.past.filter(({ until }) => until > keptUntil).map((past) => past.state);
        return [state.now, ...back].map((now) => ({ now, past: [] }));
      }
      return model.step(state.now, operation).map((next) => changed(state, next, operation));
    },
    classOf: (operation) => model.classOf(operation),
    // The end of a write says which failovers may undo it.
    kindOf: (operation) => (operation.verb === 'get' ? model.kindOf(operation) : undefined),
  };
}
