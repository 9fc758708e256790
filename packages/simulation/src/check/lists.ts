/** M4: while the list of the nodes changes, a call goes to the home of its key in a list that was in effect. */
import type { Operation } from '../history.ts';
import type { Problem } from '../problem.ts';
import { type InOrder, without } from './order.ts';
import { sinceRead } from './stale-tokens.ts';

/** A list of a caller, from a time on: virtual ms. */
export interface Listed {
  readonly caller: string;
  readonly from: number;
  /** The node of a key in it. */
  readonly homeOf: (key: string) => string | undefined;
}

/** The lists of a caller that were in effect at some time of a call. `lists`: by their time. */
function during(
  { beginAt, caller, endAt }: Pick<Operation, 'beginAt' | 'caller' | 'endAt'>,
  lists: readonly Listed[],
): readonly Listed[] {
  const own = lists.filter((list) => list.caller === caller);
  return own.filter(({ from }, index) => from <= endAt && (own[index + 1]?.from ?? Infinity) >= beginAt);
}

/** Marks cas calls whose number may be one of another node, where it means nothing: the list was replaced meanwhile. */
export function markMoved(operations: readonly Operation[], lists: readonly Listed[]): Operation[] {
  return operations.map((operation) => {
    if (operation.verb !== 'cas') return operation;
    return during(sinceRead(operation), lists).length > 1 ? { ...operation, isStaleToken: true } : operation;
  });
}

/** Calls have an order unless the list of their caller was replaced meanwhile. */
export function inListOrder(lists: readonly Listed[]): InOrder {
  return without((caller, beginAt, endAt) => during({ caller, beginAt, endAt }, lists).length > 1);
}

/** Checks where the calls of one key went. */
export function checkLists(key: string, operations: readonly Operation[], lists: readonly Listed[]): Problem[] {
  return operations.flatMap((operation) => {
    const { caller, endAt, fate, id, node, verb } = operation;
    if (fate !== 'done' || verb === 'wipe' || node === undefined) return [];
    const homes = during(operation, lists).map(({ homeOf }) => homeOf(key));
    if (homes.includes(node)) return [];
    const message = `${verb} ${id} of ${caller} went to ${node}; the home of the key was ${homes.join(' or ')}`;
    return [{ rule: 'M4', key, at: endAt, message }];
  });
}
