/** G2 and G3: what is read was written for the key, by a call that may have had an effect. */
import type { Operation } from '../history.ts';
import type { Problem } from '../problem.ts';

/** Checks the reads of one key against its writes. */
export function checkValues(key: string, operations: readonly Operation[]): Problem[] {
  const writes = new Map<number, Operation>();
  for (const operation of operations) if (operation.number !== undefined) writes.set(operation.number, operation);
  const problems: Problem[] = [];
  for (const { caller, end, endAt, id, result } of operations) {
    if (result === undefined || !('value' in result)) continue;
    for (const number of result.value ?? []) {
      const write = writes.get(number);
      if (write === undefined || write.begin > end)
        problems.push({
          rule: 'G3',
          key,
          at: endAt,
          message: `get ${id} of ${caller} returned #${number}, which was never written`,
        });
      else if (write.fate === 'failed')
        problems.push({
          rule: 'G2',
          key,
          at: endAt,
          message: `get ${id} of ${caller} returned #${number}, but its write failed unsent (${write.error})`,
        });
    }
  }
  return problems;
}
