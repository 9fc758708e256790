/**
 * M5: the calls of one caller with one key take effect in the order in which they are made, as far as they succeed,
 * also where the caller does not wait for each. A get that was sent and is retried may come behind later writes; where
 * nodes refuse calls that they may execute later, a get may come before earlier writes as well; one that may go to a
 * replica has no place in the order.
 *
 *   A ── B ── C      each follows the one before; where the order of B and C is not promised, C follows A
 */
import type { Operation } from '../history.ts';
import type { Predecessors } from './search.ts';

/** Whether the order of two calls of one caller and key is promised; the earlier one is the first. */
export type InOrder = (earlier: Operation, later: Operation) => boolean;

/** Which calls have an order. */
export interface OrderRules {
  /** Gets may come behind later writes. */
  readonly areGetsRetried?: boolean | undefined;
  /** Gets may come before earlier writes as well. */
  readonly areGetsUnordered?: boolean | undefined;
  /** Whether two calls are in order. @default all are */
  readonly isInOrder?: InOrder | undefined;
}

/** So many calls before one are looked at. */
const farthest = 20;

/** The call before each, of the same caller and key. `operations`: of one key, in the order of their begin. */
export function callOrder(
  operations: readonly Operation[],
  { areGetsRetried = false, areGetsUnordered = false, isInOrder = () => true }: OrderRules,
): Predecessors {
  const earlier = new Map<string, Operation[]>();
  const before = new Map<number, readonly Operation[]>();
  for (const operation of operations) {
    const { fate, isOfReplica, verb } = operation;
    if (fate !== 'done' || verb === 'wipe' || verb === 'rollback' || isOfReplica === true) continue;
    if (verb === 'get' && areGetsUnordered) continue;
    let own = earlier.get(operation.caller);
    if (own === undefined) earlier.set(operation.caller, (own = []));
    const previous = own.slice(-farthest).findLast((each) => isInOrder(each, operation));
    if (previous !== undefined) before.set(operation.id, [previous]);
    if (!areGetsRetried || verb !== 'get') own.push(operation);
  }
  return ({ id }) => before.get(id) ?? [];
}

/** The order of such calls among each other. */
export function bothAre(isSuch: (operation: Operation) => boolean): InOrder {
  return (earlier, later) => isSuch(earlier) && isSuch(later);
}

/** The order of calls whose time has none of these events in it. `isEvent`: whether one of a caller is in a time. */
export function without(isEvent: (caller: string, beginAt: number, endAt: number) => boolean): InOrder {
  return ({ beginAt, caller, endAt }, later) => !isEvent(caller, beginAt, Math.max(endAt, later.endAt));
}

/** The order of calls whose time has no reload of the proxy in it. */
export function betweenReloads(reloads: readonly { readonly from: number; readonly to: number }[]): InOrder {
  return without((_caller, beginAt, endAt) => reloads.some(({ from, to }) => from <= endAt && to >= beginAt));
}

/** The order of calls as far as both promise it. */
export function inBoth(keepsOrder: boolean | InOrder, isInOrder: InOrder): boolean | InOrder {
  if (typeof keepsOrder === 'boolean') return keepsOrder && isInOrder;
  return (earlier, later) => keepsOrder(earlier, later) && isInOrder(earlier, later);
}
