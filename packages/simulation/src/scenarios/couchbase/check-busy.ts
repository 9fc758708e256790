/**
 * C5: a node that is busy, or cannot execute a call now, is waited for: callers see it only when their time is over, or
 * when a later write of their key was executed before.
 */
import type { Operation } from '../../history.ts';
import type { Problem } from '../../problem.ts';

const temporary: readonly number[] = [0x82, 0x85, 0x86];
/** The longest wait between two tries with its jitter, and the time that a reply has: ms. */
const longestWait = 150;

/** Checks all calls. `timeout`: that of calls that are not durable, in ms. */
export function checkBusy(operations: readonly Operation[], timeout: number): Problem[] {
  return operations.flatMap((operation) => {
    const { beginAt, caller, endAt, id, isOfReplica, key, status, verb } = operation;
    const took = endAt - beginAt;
    // A read of replicas goes on with the next copy.
    if (isOfReplica === true || status === undefined || !temporary.includes(status)) return [];
    if (took >= timeout - longestWait || operations.some((other) => overtakes(other, operation))) return [];
    const message = `${verb} ${id} of ${caller} failed with status ${status} after ${Math.round(took)} of ${timeout} ms`;
    return [{ rule: 'C5', key, at: endAt, message }];
  });
}

/** Whether an operation changed the item of another one that began before and failed after. */
function overtakes({ begin, caller, endAt, fate, key, verb }: Operation, earlier: Operation): boolean {
  const isOfSame = caller === earlier.caller && key === earlier.key && verb !== 'get' && fate === 'done';
  return isOfSame && begin > earlier.begin && endAt <= earlier.endAt;
}
