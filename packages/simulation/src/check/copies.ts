/**
 * M8, `replicate`: a call as two, one for each route. An acknowledged write is on both routes; one without a reply may
 * be on both, on one or on none. A read is one of the first route while that is well, and of any one otherwise.
 */
import type { Operation } from '../history.ts';

/** What is known of the run. */
export interface CopyFacts {
  /** The route of a node. */
  readonly routeOf: (node: string) => 0 | 1;
  /** Whether a get may have been one of the second route. */
  readonly mayReadAny: (get: Operation) => boolean;
  /** Gets of these callers are of the second route: its clients, and those who call when the first one is dead. */
  readonly routeOfCaller: (caller: string) => 0 | 1 | undefined;
}

/** The write of the other routes. */
function copyOf(operation: Operation): Operation | undefined {
  const { fate, result, verb } = operation;
  const isApplied = result !== undefined && 'applied' in result ? result.applied : undefined;
  // The others store what the first has compared.
  if (verb === 'cas') return isApplied === false ? undefined : { ...operation, verb: 'set', expected: undefined };
  if (verb === 'set' || fate !== 'done') return operation;
  // Deleted anywhere is deleted; what others do is in the reply only if it is an error.
  if (verb === 'delete' && isApplied === false) return operation;
  return { ...operation, result: undefined };
}

/** What the first route did. */
function originalOf(operation: Operation): Operation {
  const { result, verb } = operation;
  const isAny = verb === 'delete' && result !== undefined && 'applied' in result && result.applied;
  return isAny ? { ...operation, result: undefined } : operation;
}

/** The operations of a key for a model of two copies. */
export function asCopies(operations: readonly Operation[], facts: CopyFacts): Operation[] {
  return operations.flatMap((operation): Operation[] => {
    const { caller, id, node, verb } = operation;
    const part = (replica: 0 | 1, from: Operation | undefined): Operation[] =>
      from === undefined ? [] : [{ ...from, id: id * 2 + replica, caller: `${caller} on ${replica}`, replica }];
    if (verb === 'wipe') return part(facts.routeOf(node ?? ''), operation);
    if (verb !== 'get') return [...part(0, originalOf(operation)), ...part(1, copyOf(operation))];
    const route = facts.routeOfCaller(caller) ?? (facts.mayReadAny(operation) ? undefined : 0);
    return route === undefined ? [{ ...operation, id: id * 2 }] : part(route, operation);
  });
}
