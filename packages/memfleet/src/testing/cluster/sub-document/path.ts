/**
 * Paths of sub-documents:
 *
 *   a.b[0].`c.d`[-1]   ─▶   a, b, 0, c.d, -1
 *
 * A name stands in the path as it stands between the quotes of the document, with its escapes; \u is not allowed.
 * Backticks quote dots and brackets; two are one. (subjson `path.cc`, which lets 0x1f through: its document is no
 * JSON.)
 */
import { subStatus } from '../../../core/sub-status.ts';
import { PathFailure } from './path-failure.ts';

/** The steps of a path: names of members, and indices of arrays, of which −1 is the last. */
export type Path = readonly (string | number)[];

/** The root counts as one. */
const maxSteps = 31;
const maxU64 = 0xffff_ffff_ffff_ffffn;

/** Whether another step fits. */
export function checkRoom(path: Path): void {
  if (path.length >= maxSteps) throw new PathFailure(subStatus.pathTooBig);
}

/** Reads a path, a byte string. Throws PathFailure. */
export function parsePath(text: string): Path {
  const path: (string | number)[] = [];
  for (let at = 0; at < text.length;) {
    const isIndex = text[at] === '[';
    const end = isIndex ? endOfIndex(text, at) : endOfName(text, at);
    const step = isIndex ? readIndex(text.slice(at + 1, end)) : readName(text.slice(at, end));
    checkRoom(path);
    path.push(step);
    at = isIndex ? end + 1 : end;
    if (text[at] === '.') at++;
    else if (isIndex && at < text.length && text[at] !== '[') throw invalid();
  }
  return path;
}

function invalid(): PathFailure {
  return new PathFailure(subStatus.pathInvalid);
}

function endOfIndex(text: string, at: number): number {
  const end = text.indexOf(']', at);
  if (end < 0) throw invalid();
  return end;
}

function readIndex(digits: string): number {
  if (digits === '-1') return -1;
  if (!/^\d*$/.test(digits) || BigInt(digits) > maxU64) throw invalid();
  return Number(digits);
}

/** The end of a name: the dot or bracket behind it, or the end of the path. */
function endOfName(text: string, from: number): number {
  let isQuoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\') {
      if (!/["/\\bfnrt]/.test(text[++at] ?? '')) throw invalid();
      continue;
    }
    if (char === '"' || char <= '\x1f') throw invalid();
    if (char === '`') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (char === ']') throw invalid();
    if (char === '.' || char === '[') return at;
  }
  if (isQuoted) throw invalid();
  return text.length;
}

function readName(text: string): string {
  const isQuoted = text.length > 1 && text.startsWith('`') && text.endsWith('`');
  const name = isQuoted ? text.slice(1, -1) : text;
  if (name === '') throw invalid();
  return name.replaceAll(/`(`?)/g, '$1');
}
