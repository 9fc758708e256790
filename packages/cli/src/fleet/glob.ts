/**
 * Patterns as shells have them: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a character that stands for itself.
 *
 * No library does this for keys. Those that compile patterns to regular expressions (picomatch, micromatch) take
 * exponential time: picomatch takes 18 s for `a*` eight times and `b` against 60 letters `a`. The linear one that
 * minimatch uses refuses texts with `/` and gives a leading `.` a meaning of its own, as both are parts of paths.
 */
import { InvalidArgumentError } from 'commander';

/** Tells whether a text matches, in time that is proportional to pattern times text at the worst. */
export type Matches = (text: string) => boolean;

/** One character of the text, or any number of them. */
type Part = ((character: string) => boolean) | 'any';

/** Throws what commander reports for a pattern that is none. */
export function globOf(pattern: string): Matches {
  const parts = partsOf(Array.from(pattern));
  return (text) => matches(parts, Array.from(text));
}

function partsOf(pattern: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === '*') {
      if (parts.at(-1) !== 'any') parts.push('any');
    } else if (character === '?') parts.push(() => true);
    else if (character === '[') {
      const end = endOfSet(pattern, at);
      parts.push(setOf(pattern.slice(at + 1, end)));
      at = end;
    } else {
      const literal = character === '\\' ? pattern[++at] : character;
      if (literal === undefined) throw new InvalidArgumentError('A pattern must not end with \\.');
      parts.push((other) => other === literal);
    }
  }
  return parts;
}

/** A `]` that comes first stands for itself. */
function endOfSet(pattern: readonly string[], start: number): number {
  const first = pattern[start + 1] === '!' || pattern[start + 1] === '^' ? start + 2 : start + 1;
  const end = pattern.indexOf(']', first + 1);
  if (end < 0) throw new InvalidArgumentError('A [ in a pattern needs its ]; write \\[ for the character.');
  return end;
}

function setOf(characters: readonly string[]): (character: string) => boolean {
  const isNegated = characters[0] === '!' || characters[0] === '^';
  const members = isNegated ? characters.slice(1) : characters;
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] as string;
    const to = members[at + 1] === '-' ? members[at + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) at += 2;
  }
  return (character) => ranges.some(([from, to]) => from <= character && character <= to) !== isNegated;
}

/** Goes back to the last `*` alone, so that no pattern takes exponential time. */
function matches(parts: readonly Part[], text: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === 'any') {
      star = part++;
      starAt = at;
    } else if (wanted?.(text[at] as string) === true) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (parts[part] === 'any') part++;
  return part === parts.length;
}
