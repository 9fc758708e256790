/** Prose as paragraphs: which lines belong together, and how they break at a width. */

/** Columns of a line of prose or comment. */
export const width = 120;

/**
 * Breaks a text into lines between its words. Within `code` in backticks it does not break, and no line begins with
 * what markdown would take for a list, a heading or a quotation.
 * @param {string} text
 * @param {string} first what stands before the first line
 * @param {string} rest what stands before the others
 * @returns {string[]}
 */
export function breakLines(text, first, rest) {
  const words = text.trim().match(/(?:`[^`]*`|[^\s`])+/g) ?? [];
  /** @type {string[]} */
  const lines = [];
  let line = first;
  let isEmpty = true;
  for (const word of words) {
    const begins = /^(?:[-+*>#|]|\d+[.)])$/.test(word);
    if (!isEmpty && line.length + 1 + word.length > width && !begins) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  if (!isEmpty) lines.push(line);
  return lines;
}

const drawn = /[─│┌┐└┘├┤┬┴┼═║▶◀▲▼▓░┊✝┴]/;
/** The beginning of an item of a list, or of a tag. */
const item = /^(?:- |\d+\. |@(?:param|returns|default|typedef|type|throws|see|example|internal|deprecated)\b)/;

/**
 * Wraps the paragraphs that have a line beyond the width; leaves all others, drawings and tables as they are.
 * @param {readonly string[]} lines without what stands before each
 * @param {string} prefix what stands before each line, such as ` * `
 * @returns {string[]} without the prefix
 */
export function wrapParagraphs(lines, prefix) {
  /** @type {string[]} */
  const wrapped = [];
  /** @type {string[]} */
  let paragraph = [];
  const end = () => {
    const isLong = paragraph.some((line) => (prefix + line).length > width);
    wrapped.push(...(isLong ? rebreak(paragraph, prefix) : paragraph));
    paragraph = [];
  };
  for (const line of lines) {
    const inItem = paragraph[0] !== undefined && item.test(paragraph[0]);
    const continues = /^\S/.test(line) || (inItem && /^ {2,3}\S/.test(line));
    const apart = line.trim() === '' || drawn.test(line) || !continues || /^(?:[|#>]|```)/.test(line);
    if (apart || item.test(line)) end();
    if (apart) wrapped.push(line);
    else paragraph.push(line);
  }
  end();
  return wrapped;
}

/** @param {readonly string[]} paragraph @param {string} prefix */
function rebreak(paragraph, prefix) {
  const text = paragraph.map((line) => line.trim()).join(' ');
  const [mark = ''] = item.exec(text) ?? [];
  const hanging = ' '.repeat(mark.startsWith('@') ? 2 : mark.length);
  return breakLines(text, prefix, prefix + hanging).map((line) => line.slice(prefix.length));
}
