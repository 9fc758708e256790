/** When a route may have failed: what its calls returned then may be that of another route. */
import type { Operation } from '../history.ts';
import type { PlannedFault } from '../plan.ts';
import { sinceRead } from './stale-tokens.ts';

/** A time in which faults struck, and some time after: virtual ms. */
export interface Unwell {
  readonly from: number;
  readonly to: number;
}

/**
 * The times in which faults strike one of the nodes, a way to them, or the proxy in front of them, each with `tail` ms
 * until all is well again.
 */
export function unwellTimes(
  faults: readonly PlannedFault[],
  { nodes, proxy }: { readonly nodes: readonly string[]; readonly proxy: string },
  begin: number,
  tail: number,
): Unwell[] {
  const isStruck = ({ other, target }: PlannedFault): boolean =>
    other === undefined ? target === proxy || nodes.includes(target) : nodes.includes(other) || nodes.includes(target);
  return faults.filter(isStruck).map(({ at, ms = 0 }) => ({ from: begin + at, to: begin + at + ms + tail }));
}

/** Whether a call was in progress in one of the times. */
export function isUnwell({ beginAt, endAt }: Operation, times: readonly Unwell[]): boolean {
  return times.some(({ from, to }) => from <= endAt && beginAt <= to);
}

/** Marks cas calls whose number may be one of the next route. */
export function markForeign(operations: readonly Operation[], times: readonly Unwell[]): Operation[] {
  return operations.map((operation) => {
    if (operation.verb !== 'cas') return operation;
    return isUnwell(sinceRead(operation), times) ? { ...operation, isForeignToken: true } : operation;
  });
}

/**
 * M9, failover: the calls of a key as the first route sees them. Calls while it may have failed may have reached it, or
 * not; what they returned says nothing about it.
 */
export function onFirstRoute(operations: readonly Operation[], times: readonly Unwell[]): Operation[] {
  return operations.flatMap((operation): Operation[] => {
    if (operation.verb === 'wipe' || !isUnwell(operation, times)) return [operation];
    if (operation.verb === 'get') return [];
    return operation.fate === 'failed'
      ? [operation]
      : [{ ...operation, fate: 'open', end: Infinity, result: undefined }];
  });
}
