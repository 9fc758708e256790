/**
 * C2: a failover loses at most the writes that replicas did not have yet, the last ones first, and no durable one.
 *
 *   set 1 ── set 2 ── set 3 ── failover       2 and 3 ended within the lag: the item is 3, or 2, or 1 from then on
 *   set 1 ── set 2 durable ── set 3 ── failover        3 or 2
 *   set 1 ── set 2 timed out ── set 3 ── failover      3, or 2, or 1: 2 may have been executed just before 3
 */
import type { Operation } from '../history.ts';
import type { Model } from './model.ts';

/** An item that was replaced. */
interface Past<State> {
  readonly state: State;
  /** What replaced it was executed by then: virtual ms. */
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
    const { beginAt, end, endAt, isDurable, result, verb } = operation;
    const isStored = result !== undefined && !('value' in result) && !('applied' in result && !result.applied);
    // No copy has a collection that was dropped.
    if (verb === 'wipe' || (isDurable === true && isStored)) return { now: next, past: [] };
    // Writes that nobody has read are equal.
    const isSame = model.nameOf(now) === model.nameOf(next);
    if (isSame && (!isStored || past.length === 0)) return { now: next, past };
    if (isDurable === true) return { now: next, past: [] };
    // A node may execute a call that has timed out, but not after what was executed behind it.
    const executed = end === Infinity ? Infinity : endAt;
    const all = [...past, ...(isSame ? [] : [{ state: now, until: executed }])]
      .map(({ state, until }) => ({ state, until: Math.min(until, executed) }))
      .filter(({ until }) => mayGo(until, beginAt));
    return { now: next, past: all };
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
    classOf(operation) {
      const name = model.classOf(operation);
      return name === undefined || operation.isDurable !== true ? name : `${name} durable`;
    },
    // The end of a write says which failovers may undo it.
    kindOf: (operation) => (operation.verb === 'get' ? model.kindOf(operation) : undefined),
  };
}
