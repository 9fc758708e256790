/** The line of an item in the reply to a `get`. */

let lastFlags = 0;
let lastLength = 0;
let lastLine = ' 0 0\r\n';

/**
 * The text between key and value in the reply to a `get`. The last one is remembered: items that are stored one after
 * the other are often alike.
 */
export function lineOf(flags: number, length: number): string {
  if (flags !== lastFlags || length !== lastLength) {
    lastFlags = flags;
    lastLength = length;
    lastLine = ` ${flags} ${length}\r\n`;
  }
  return lastLine;
}
