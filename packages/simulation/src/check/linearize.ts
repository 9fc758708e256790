/**
 * Is there an order of the operations of a key, each between its begin and its end, in which every result is right?
 *
 *   begin ──▶ may take effect from now on
 *   end   ──▶ of all orders so far, those in which it took effect with this result remain; none = not linearizable
 */
import type { Operation } from '../history.ts';
import type { Model } from './model.ts';
import { type Limits, none, type Predecessors, Search } from './search.ts';

/** What the search found. */
export interface Verdict {
  readonly isLinearizable: boolean;
  /** The search was given up. */
  readonly isUndecided: boolean;
  /** The operation whose result no order explains. */
  readonly culprit?: Operation;
  /** The items that were possible before its end, for the message. */
  readonly possible?: readonly string[];
}

/** Most histories have an order that shows at once; of the others every order is looked at. */
const attempts: readonly Limits[] = [
  { width: 2, states: 3000 },
  { width: 8, states: 20_000 },
  { width: 16, states: 60_000 },
  { width: 64, states: 100_000 },
];
const complete: Limits = { width: Infinity, states: 100_000 };

interface Event {
  readonly moment: number;
  readonly operation: Operation;
  readonly isEnd: boolean;
}

/** Searches an order for the operations of one key; those that failed are left out before. */
export function linearize<State>(
  operations: readonly Operation[],
  model: Model<State>,
  before: Predecessors = none,
): Verdict {
  const events = operations.flatMap((operation): Event[] => {
    const begin = { moment: operation.begin, operation, isEnd: false };
    return operation.end === Infinity ? [begin] : [begin, { moment: operation.end, operation, isEnd: true }];
  });
  events.sort((one, other) => one.moment - other.moment);
  let verdict: Verdict = { isLinearizable: true, isUndecided: true };
  for (const limits of attempts) {
    verdict = follow(events, new Search(model, before, limits));
    if (verdict.isLinearizable && !verdict.isUndecided) return verdict;
  }
  // With all orders it would be given up as well.
  if (verdict.isUndecided) return verdict;
  return follow(events, new Search(model, before, complete));
}

function follow<State>(events: readonly Event[], search: Search<State>): Verdict {
  for (const { operation, isEnd } of events) {
    if (!isEnd) {
      search.begin(operation);
      continue;
    }
    if (!search.end(operation))
      return { isLinearizable: false, isUndecided: false, culprit: operation, possible: search.items };
    if (search.isGivenUp) return { isLinearizable: true, isUndecided: true };
  }
  return { isLinearizable: true, isUndecided: false };
}
