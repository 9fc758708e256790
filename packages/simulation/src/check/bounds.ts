/** G1: every call settles by its deadline, one scan later at most, and later by as long as its process stood still. */
import type { Operation } from '../history.ts';
import type { Problem } from '../problem.ts';

/** A time in which a process stood still, or did not exist: virtual ms. */
export interface Standstill {
  readonly place: string;
  readonly from: number;
  /** Infinity = it ended. */
  readonly to: number;
}

/** A queue looks at its deadlines every 10 ms; whole milliseconds, timers and ends of turns are up to 4 ms more. */
export const scan = 14;

/** How long a process stood still in a time, with what follows from it at once. */
function stoodStill({ caller, beginAt }: Operation, until: number, standstills: readonly Standstill[]): number {
  let sum = 0;
  for (const { from, place, to } of standstills) {
    if (place !== caller || to <= beginAt || from > until) continue;
    // A scan that was due in it comes after it, and is armed again from there.
    sum += to - Math.max(from, beginAt) + scan;
  }
  return sum;
}

/** Checks all calls. `timeoutOf`: the timeout of a call, in ms; `end`: the time at which the run ended; `late`:
 * ms after its deadline at which a call settles at the latest. */
export function checkBounds(
  operations: readonly Operation[],
  timeoutOf: (operation: Operation) => number,
  standstills: readonly Standstill[],
  end: number,
  late: number = scan,
): Problem[] {
  const problems: Problem[] = [];
  for (const operation of operations) {
    const { beginAt, caller, endAt, id, key, verb } = operation;
    if (verb === 'wipe' || verb === 'rollback') continue;
    const settled = Math.min(endAt, end);
    const most = timeoutOf(operation) + late + stoodStill(operation, settled, standstills);
    const took = settled - beginAt;
    if (took <= most) continue;
    const what = endAt === Infinity ? `has not settled after ${Math.round(took)} ms` : `took ${Math.round(took)} ms`;
    const message = `${verb} ${id} of ${caller} ${what} with timeout ${timeoutOf(operation)}`;
    problems.push({ rule: 'G1', key, at: beginAt + most, message });
  }
  return problems;
}
