/** Finds the place of a path in a document. */
import { subStatus } from '../../../core/sub-status.ts';
import { endOfValue, memberAt, nextMember, skipBlanks } from './json-text.ts';
import { PathFailure } from './path-failure.ts';
import type { Path } from './path.ts';

/** Where the value of a path begins, or the container in which it is missed. */
export interface Start {
  readonly isFound: boolean;
  /** Where the value begins, or the container. */
  readonly start: number;
  /** Where the member begins: its name, or its value in an array. */
  readonly from: number;
  /** The level of the value or of the container. */
  readonly level: number;
  /** The number of members before it; of a container that misses it, of all its members. */
  readonly before: number;
}

/** The value of a path, or the container in which it is missed. */
export interface Place extends Start {
  /** Where the value ends, or the container. */
  readonly end: number;
}

/** Finds the value of a path. Throws PathFailure where a step does not fit the value that it goes through. */
export function find(text: string, path: Path): Place {
  const place = findStart(text, path);
  return { ...place, end: endOfValue(text, place.start, place.level) };
}

/** Finds where the value of a path begins. */
export function findStart(text: string, path: Path): Start {
  let member = { from: skipBlanks(text, 0), start: skipBlanks(text, 0) };
  let before = 0;
  for (const [depth, step] of path.entries()) {
    const at = member.start;
    if (text[at] !== (typeof step === 'number' ? '[' : '{')) {
      // subjson reads what [-1] leads to as a document of its own, which a string is not.
      const isAlone = path[depth - 1] === -1 && text[at] === '"';
      throw new PathFailure(isAlone ? subStatus.notJson : subStatus.pathMismatch);
    }
    const found = findMember(text, at, step, depth + 2);
    if (!('start' in found)) return { isFound: false, from: at, start: at, level: depth + 1, ...found };
    member = found;
    before = found.before;
  }
  return { isFound: true, ...member, level: path.length + 1, before };
}

/** The member of the container at `at`; else how many members the container has. */
function findMember(
  text: string,
  at: number,
  step: string | number,
  level: number,
): { from: number; start: number; before: number } | Pick<Start, 'before'> {
  const isObject = typeof step === 'string';
  let last: { from: number; start: number; before: number } | undefined;
  let next = skipBlanks(text, at + 1);
  for (let before = 0; ; before++) {
    if (text[next] === ']' || text[next] === '}') return step === -1 && last !== undefined ? last : { before };
    const { name, from, start } = memberAt(text, next, isObject, level);
    last = { from, start, before };
    if (isObject ? name === step : before === step) return last;
    next = nextMember(text, endOfValue(text, start, level));
  }
}
