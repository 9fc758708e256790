/** M3 and M4: what calls may do while their client has ejected a node. */
import type { Operation } from '../history.ts';
import type { Problem } from '../problem.ts';

/** A time in which a client did not use a node: virtual ms. */
export interface Ejection {
  readonly caller: string;
  readonly node: string;
  readonly from: number;
  to: number;
}

/** An ejection and the calls that it ends are one event. */
const slack = 1;

/** Whether a client had ejected a node during a call, or for so many ms before it. */
export function overlaps(
  { beginAt, caller, endAt }: Pick<Operation, 'beginAt' | 'caller' | 'endAt'>,
  ejection: Ejection,
  margin: number,
): boolean {
  return ejection.caller === caller && ejection.from <= endAt + slack && ejection.to >= beginAt - margin - slack;
}

/** Whether a call returned what it returns where nothing is, or could not be written. */
function isMiss({ result }: Operation): boolean {
  if (result === undefined) return false;
  if ('value' in result) return result.value === undefined;
  return 'applied' in result ? !result.applied : result.count === undefined;
}

/**
 * M3: without the calls that missed, or were refused, while the node of the key was ejected: they say nothing about the
 * item.
 */
export function withoutEjected(
  operations: readonly Operation[],
  node: string | undefined,
  ejections: readonly Ejection[],
): Operation[] {
  return operations.filter(
    (operation) => !isMiss(operation) || !ejections.some((each) => each.node === node && overlaps(operation, each, 0)),
  );
}

/**
 * The operations of a key by the node that executed them. Those of an unknown node, and those without a reply, may have
 * been executed by any: the error of a retried call names the node of one try.
 */
export function byNode(operations: readonly Operation[], nodes: readonly string[]): Map<string, Operation[]> {
  return new Map(nodes.map((node) => [node, operations.filter((operation) => mayBeOn(operation, node))]));
}

function mayBeOn(operation: Operation, node: string): boolean {
  return operation.fate === 'open' || operation.node === undefined || operation.node === node;
}

/** M4: without an ejection for `quiet` ms, a call goes to the home of its key only. */
export function checkHome(
  operations: readonly Operation[],
  home: string | undefined,
  ejections: readonly Ejection[],
  quiet: number,
): Problem[] {
  return operations.flatMap((operation) => {
    const { caller, endAt, id, key, node, verb } = operation;
    const isStray = operation.fate === 'done' && verb !== 'wipe' && node !== undefined && node !== home;
    if (!isStray || ejections.some((each) => overlaps(operation, each, quiet))) return [];
    const message = `${verb} ${id} of ${caller} went to ${node}; the home of the key is ${home}`;
    return [{ rule: 'M4', key, at: endAt, message }];
  });
}
