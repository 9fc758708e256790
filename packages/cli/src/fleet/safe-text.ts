/**
 * Text for the cells of a terminal: what nodes and keys hold must neither act on the terminal nor move its columns.
 *
 *   letters of Latin, Greek, Cyrillic   one cell      Han, kana, Hangul   two cells
 *   everything else                     %XX of its bytes: controls, escapes, marks, bidirectional text, emoji
 */
import { textOf, urlEncoded } from './key-text.ts';

const narrow = /[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u0386-\u03ce\u0400-\u0481\u048a-\u052f\u2013\u2026\u2190-\u2193]/;
const wide = /[\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]/;

/** The text with every character that is not known to stand still in its cells as `%XX`. */
export function safeText(text: string): string {
  let safe = '';
  for (const character of text)
    safe += narrow.test(character) || wide.test(character) ? character : urlEncoded(Buffer.from(character));
  return safe;
}

/** A key for a cell. */
export function safeKey(key: Uint8Array): string {
  return safeText(textOf(key));
}

/** Cells of a safe text. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : 1;
  return width;
}

/** A safe text in exactly so many cells: cut with `…`, or filled with blanks. */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  if (width <= 0) return '';
  const own = widthOf(text);
  if (own > width) return cut(text, width);
  const blanks = ' '.repeat(width - own);
  return side === 'left' ? text + blanks : blanks + text;
}

function cut(text: string, width: number): string {
  let kept = '';
  let used = 0;
  for (const character of text) {
    const cells = wide.test(character) ? 2 : 1;
    if (used + cells > width - 1) break;
    kept += character;
    used += cells;
  }
  return `${kept}…${' '.repeat(width - 1 - used)}`;
}
