/** Lines of replies whose text may come from another protocol, which has no lines. */
import { defaultLimits } from '../codec.ts';

/** The characters that would be read as the end of the line, or that no reader expects. */
const unsafe = /[^\x20-\x7e\x80-\xff]+/g;

/**
 * The text (a byte string) as one line: line ends and control bytes become spaces, and what is longer than readers
 * accept is cut (`Limits.maxLine`, 2048 bytes).
 */
export function spellLine(text: string): string {
  return `${text.replaceAll(unsafe, ' ').slice(0, defaultLimits.maxLine)}\r\n`;
}
