/**
 * M5: the calls of one caller with one key take effect in the order in which they are made, as far as they succeed,
 * also where the caller does not wait for each. A get that was sent and is retried may come behind later writes; where
 * nodes refuse calls that they may execute later, a get may come before earlier writes as well; one that may go to a
 * replica has no place in the order.
 */
import type { Operation } from '../history.ts';
import type { Predecessors } from './search.ts';

/**
 * The call before each, of the same caller and key. `operations`: of one key, in the order of their begin.
 * `areGetsRetried`: gets may come behind later writes; `areGetsUnordered`: and before earlier ones.
 */
export function callOrder(
  operations: readonly Operation[],
  areGetsRetried: boolean,
  areGetsUnordered = false,
): Predecessors {
  const last = new Map<string, Operation>();
  const before = new Map<number, readonly Operation[]>();
  for (const operation of operations) {
    const { fate, isOfReplica, verb } = operation;
    if (fate !== 'done' || verb === 'wipe' || verb === 'rollback' || isOfReplica === true) continue;
    if (verb === 'get' && areGetsUnordered) continue;
    const previous = last.get(operation.caller);
    if (previous !== undefined) before.set(operation.id, [previous]);
    if (!areGetsRetried || verb !== 'get') last.set(operation.caller, operation);
  }
  return ({ id }) => before.get(id) ?? [];
}
