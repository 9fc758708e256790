/**
 * C4: after the changes, a client knows the nodes of the newest map, and no others, and the newest id of a collection.
 */
import { UnknownCollectionError } from 'memfleet';
import type { Problem } from '../problem.ts';

/**
 * Checks the nodes that a client knows at a time (virtual ms) against those of the map; their order does not matter.
 */
export function checkMembers(
  client: string,
  known: readonly string[],
  members: readonly string[],
  at: number,
): Problem[] {
  const [knows, wanted] = [known, members].map((names) => names.toSorted().join(', '));
  if (knows === wanted) return [];
  return [{ rule: 'C4', at, message: `${client} knows the nodes ${knows}; those of the map are ${wanted}` }];
}

/** Checks a call on a collection that exists. The client may learn the id of the collection by this call. */
export async function checkCollection(
  client: string,
  call: () => Promise<unknown>,
  now: () => number,
): Promise<Problem[]> {
  try {
    await call();
  } catch (error) {
    if (error instanceof UnknownCollectionError)
      return [{ rule: 'C4', at: now(), message: `${client}: ${error.message}` }];
  }
  return [];
}
