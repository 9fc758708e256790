/** Markdown: its paragraphs and list items wrapped; code, tables and headings as they are. */
import { width, wrapParagraphs } from './paragraphs.mjs';

/**
 * The lines of a document with whether each is prose. @param {string} text @returns {[line: string, isProse:
 * boolean][]}
 */
function linesOf(text) {
  let inCode = false;
  return text.split('\n').map((line) => {
    const isFence = /^\s*```/.test(line);
    const isProse = !inCode && !isFence && !/^\s*(?:\||#|<|\[[^\]]*\]: )/.test(line);
    if (isFence) inCode = !inCode;
    return [line, isProse];
  });
}

/** @param {string} text @returns {string} */
export function wrapMarkdown(text) {
  /** @type {string[]} */
  const wrapped = [];
  /** @type {string[]} */
  let prose = [];
  for (const [line, isProse] of linesOf(text)) {
    if (isProse) {
      prose.push(line);
      continue;
    }
    wrapped.push(...wrapParagraphs(prose, ''), line);
    prose = [];
  }
  return [...wrapped, ...wrapParagraphs(prose, '')].join('\n');
}

/** The lines of prose that are too long, as numbers from 1. @param {string} text @returns {number[]} */
export function longProse(text) {
  return linesOf(text).flatMap(([line, isProse], index) => (isProse && line.length > width ? [index + 1] : []));
}
