/**
 * M5: the calls of one caller with one key take effect in the order in which they are made, as far as they succeed,
 * also where the caller does not wait for each. A get that was sent and is retried may come behind later writes.
 */
import type { Operation } from '../history.ts';
import type { Predecessors } from './search.ts';

/** The call before each, of the same caller and key. `operations`: of one key, in the order of their begin. */
export function callOrder(operations: readonly Operation[], areGetsRetried: boolean): Predecessors {
  const last = new Map<string, Operation>();
  const before = new Map<number, readonly Operation[]>();
  for (const operation of operations) {
    if (operation.fate !== 'done' || operation.verb === 'wipe') continue;
    const previous = last.get(operation.caller);
    if (previous !== undefined) before.set(operation.id, [previous]);
    if (!areGetsRetried || operation.verb !== 'get') last.set(operation.caller, operation);
  }
  return ({ id }) => before.get(id) ?? [];
}
