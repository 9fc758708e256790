/**
 * M9, warm-up: a call that finds nothing on the cold route may copy an older item to it while it is in progress. That
 * matters where a delete is in progress as well.
 */
import type { Operation } from '../history.ts';

function overlap(one: Operation, other: Operation): boolean {
  return one.begin < other.end && other.begin < one.end;
}

/** The operations of a key, and the copies that they may make of the item with this number. */
export function withFills(operations: readonly Operation[], number: number): Operation[] {
  const deletes = operations.filter(({ fate, verb }) => verb === 'delete' && fate !== 'failed');
  const fills = operations
    .filter(({ fate, verb }) => fate !== 'failed' && verb !== 'set' && verb !== 'delete' && verb !== 'wipe')
    .filter((operation) => deletes.some((each) => overlap(each, operation)))
    .map((operation): Operation => {
      const { begin, beginAt, end, endAt, fate, id, key } = operation;
      const isOpen = fate === 'open';
      const times = { begin, beginAt, end: isOpen ? Infinity : end, endAt };
      return { id: -1 - id, caller: 'a fill', key, verb: 'fill', number, fate, ...times };
    });
  return [...operations, ...fills];
}
