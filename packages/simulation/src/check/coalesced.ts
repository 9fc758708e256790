/**
 * M6: with `coalesce` a get may join one that is in progress. It is then as old as that one, but never older than what
 * its own client has written.
 */
import type { Operation } from '../history.ts';

/** The operations of one key, with gets that may have begun as early as those that they may have joined. */
export function coalesced(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => {
    if (operation.verb !== 'get') return operation;
    let { begin, beginAt } = operation;
    for (const other of operations) {
      const isRunning = other.begin < operation.begin && other.end > operation.begin;
      if (!isRunning || other.verb !== 'get' || other.caller !== operation.caller || other.begin > begin) continue;
      ({ begin, beginAt } = other);
    }
    return { ...operation, begin, beginAt };
  });
}
