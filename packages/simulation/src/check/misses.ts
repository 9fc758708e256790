/** M11: a read never misses a key that the old fleet had and that nobody has deleted. */
import type { Operation } from '../history.ts';
import type { Problem } from '../problem.ts';

/**
 * Checks the reads of one key that nobody deletes. `until`: the virtual ms from which on a caller reads the new fleet
 * alone.
 */
export function checkMisses(
  key: string,
  operations: readonly Operation[],
  until: (caller: string) => number,
): Problem[] {
  return operations.flatMap(({ caller, beginAt, endAt, fate, id, result, verb }) => {
    if (verb !== 'get' || fate !== 'done' || beginAt >= until(caller)) return [];
    if (result === undefined || !('value' in result) || result.value !== undefined) return [];
    return [{ rule: 'M11', key, at: endAt, message: `get ${id} of ${caller} missed what the old fleet had` }];
  });
}
