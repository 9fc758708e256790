/** Comments in TypeScript, JavaScript: their prose wrapped, their drawings as they are. */
import { width, wrapParagraphs } from './paragraphs.mjs';

/** Wraps the long comments of a source. @param {string} source @returns {string} */
export function wrapComments(source) {
  return source
    .replace(/^([ \t]*)\/\*\*?(?!\/)(?:(?!\*\/)[^])*\*\/$/gm, wrapBlock)
    .replace(/^([ \t]*)\/\/ .*(?:\n\1\/\/ .*)*$/gm, wrapRun);
}

/** @param {string} block @param {string} indent */
function wrapBlock(block, indent) {
  if (block.split('\n').every((line) => line.length <= width)) return block;
  const [open = '/**'] = /\/\*\*?/.exec(block) ?? [];
  const lines = block
    .slice(indent.length + open.length, -2)
    .split('\n')
    .map((line) => line.replace(/^[ \t]*\* ?/, '').trimEnd());
  // What stands beside the opening or the closing mark is a line like the others.
  const inner = lines.map((line, index) => (index === 0 ? line.trim() : line));
  while (inner[0] === '') inner.shift();
  while (inner.at(-1) === '') inner.pop();
  const prefix = `${indent} * `;
  const body = wrapParagraphs(inner, prefix).map((line) => `${prefix}${line}`.trimEnd());
  return [indent + open, ...body, `${indent} */`].join('\n');
}

/** @param {string} run @param {string} indent */
function wrapRun(run, indent) {
  const prefix = `${indent}// `;
  const lines = run.split('\n').map((line) => line.slice(prefix.length));
  return wrapParagraphs(lines, prefix)
    .map((line) => `${prefix}${line}`.trimEnd())
    .join('\n');
}

/** The lines of comments that are too long, as numbers from 1. @param {string} source @returns {number[]} */
export function longComments(source) {
  /** @type {number[]} */
  const found = [];
  let inBlock = false;
  for (const [index, line] of source.split('\n').entries()) {
    const opens = /^\s*\/\*/.test(line);
    const isComment = inBlock || opens || /^\s*\/\/|;\s+\/\/ |,\s+\/\/ /.test(line);
    if (opens || inBlock) inBlock = !line.includes('*/');
    // The code of such a line is as long as it is on purpose.
    const isKept = line.endsWith('// prettier-ignore');
    if (isComment && !isKept && line.length > width) found.push(index + 1);
  }
  return found;
}
