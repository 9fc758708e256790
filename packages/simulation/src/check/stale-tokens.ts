/** Which cas calls have tokens that say less than that the item is unchanged. */
import type { Operation } from '../history.ts';

/** A cas token is read at most so many ms before it is used. */
export const longestRead = 3000;

/** A cas call from the earliest time at which its token was read. */
export function sinceRead(operation: Operation): Operation {
  return { ...operation, beginAt: operation.beginAt - longestRead };
}

/**
 * Marks cas calls near a wipe: the numbers of a node that starts again begin again, and may be equal by chance. With
 * `touchesCount` a touch gives the item another number, as in Couchbase: so may an item with a ttl have.
 */
export function markStaleTokens(operations: readonly Operation[], touchesCount: boolean): Operation[] {
  const wipes = operations.filter(({ verb }) => verb === 'wipe');
  const isTouched = touchesCount && operations.some(({ verb }) => verb === 'touch');
  return operations.map((operation) => {
    if (operation.verb !== 'cas') return operation;
    const { beginAt, endAt } = sinceRead(operation);
    const isNear = wipes.some((wipe) => wipe.beginAt <= endAt && wipe.endAt >= beginAt);
    return isNear || isTouched ? { ...operation, isStaleToken: true } : operation;
  });
}
