/** JSON as text, of which places are found and the rest stays as it is: byte strings, known to be JSON as a whole. */
import { subStatus } from '../../../core/sub-status.ts';
import { PathFailure } from './path-failure.ts';

/** The deepest level of a value; that of the document is 1. */
const maxLevel = 32;
const blanks = /[ \t\n\r]*/y;
const literal = /[^ \t\n\r,\]}]+/y;

function endOf(token: RegExp, text: string, at: number): number {
  token.lastIndex = at;
  token.test(text);
  return token.lastIndex;
}

/** Whether a text is JSON. */
export function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the blanks at `at` end. */
export const skipBlanks = (text: string, at: number): number => endOf(blanks, text, at);

/** Where the string at `at` ends. A quote behind an odd number of backslashes is a part of it. */
export function endOfString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); ; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text[before] === '\\') before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
}

/** Throws PathFailure if a value of this level is too deep. */
function checkLevel(level: number): void {
  if (level > maxLevel) throw new PathFailure(subStatus.documentTooDeep);
}

/** Where the value at `at` ends. `level` is its own. */
export function endOfValue(text: string, from: number, level: number): number {
  let depth = level;
  for (let at = from; ;) {
    const char = text[at]!;
    if (char === ']' || char === '}') {
      depth--;
      at++;
    } else if (char === '[' || char === '{') {
      checkLevel(depth);
      depth++;
      at++;
    } else if (char === ',' || char === ':') at++;
    else {
      checkLevel(depth);
      at = char === '"' ? endOfString(text, at) : endOf(literal, text, at);
    }
    if (depth === level) return at;
    at = skipBlanks(text, at);
  }
}

/** A member of an object, or an element of an array. */
export interface Member {
  /** As it stands in the document, in UTF-8 for `\u`; undefined in an array. */
  readonly name: string | undefined;
  /** Where its name begins; of an element, its value. */
  readonly from: number;
  /** Where its value begins. */
  readonly start: number;
}

/** The member that begins at `at`, in a container whose members have this level. */
export function memberAt(text: string, at: number, isObject: boolean, level: number): Member {
  if (!isObject) return { name: undefined, from: at, start: at };
  checkLevel(level);
  const end = endOfString(text, at);
  const colon = skipBlanks(text, end);
  return { name: unescaped(text.slice(at + 1, end - 1)), from: at, start: skipBlanks(text, colon + 1) };
}

/** Where the next member begins, or the container ends. `end` is that of the member before. */
export function nextMember(text: string, end: number): number {
  const at = skipBlanks(text, end);
  return text[at] === ',' ? skipBlanks(text, at + 1) : at;
}

/** The number of members of the container at `at`. `level` is its own. */
export function countMembers(text: string, at: number, level: number): number {
  const isObject = text[at] === '{';
  let count = 0;
  for (let next = skipBlanks(text, at + 1); !/[\]}]/.test(text[next]!); count++)
    next = nextMember(text, endOfValue(text, memberAt(text, next, isObject, level + 1).start, level + 1));
  return count;
}

/** Other escapes stay: they stand in paths as in documents. */
function unescaped(name: string): string {
  if (!name.includes('\\u')) return name;
  return name.replaceAll(/\\u(?:d[89ab]..\\ud[c-f]..|....)|\\./gi, (escape) =>
    escape.startsWith('\\u') ? Buffer.from(JSON.parse(`"${escape}"`) as string).toString('latin1') : escape,
  );
}
