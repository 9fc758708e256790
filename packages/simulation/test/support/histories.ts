/** Histories by hand. */
import type { Operation } from '../../src/history.ts';

type Given = Partial<Operation> & Pick<Operation, 'verb'>;

/** A call from one moment to another (ms as well) with its result; without an end it is open. */
export function call(begin: number, end: number | undefined, given: Given): Operation {
  const fate = given.fate ?? (end === undefined ? 'open' : 'done');
  const at = end ?? Infinity;
  return { id: begin, caller: 'a', key: 'k', begin, beginAt: begin, end: at, endAt: at, ...given, fate };
}

/** A set that was acknowledged, or one without a reply. */
export function set(begin: number, end: number | undefined, number: number, more: Partial<Operation> = {}): Operation {
  return call(begin, end, {
    verb: 'set',
    number,
    ...(end === undefined ? {} : { result: { applied: true } }),
    ...more,
  });
}

/** A get of the value with these numbers; none = a miss. */
export function get(begin: number, end: number, numbers?: readonly number[], more: Partial<Operation> = {}): Operation {
  return call(begin, end, { verb: 'get', result: { value: numbers }, ...more });
}

/** A call that was applied, or not. */
export function write(
  verb: Operation['verb'],
  begin: number,
  end: number,
  applied: boolean,
  more: Partial<Operation> = {},
): Operation {
  return call(begin, end, { verb, result: { applied }, ...more });
}

/** An increment and what it returned. */
export function incr(begin: number, end: number | undefined, count?: number, more: Partial<Operation> = {}): Operation {
  return call(begin, end, { verb: 'incr', delta: 1, ...(end === undefined ? {} : { result: { count } }), ...more });
}
