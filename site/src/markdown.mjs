/** What the site does to Markdown beside VitePress: links, headings' anchors, tables that a phone can show. */
import { pages, resolveImage, resolveLink } from './pages.mjs';

const sources = new Map(pages.map(({ name, source }) => [`${name}.md`, source]));

/** The anchor of a heading as code hosts make it, which the links of the repository use. @param {string} heading */
export function slugify(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** @type {Readonly<Record<string, [attribute: string, resolve: (link: string, source: string) => string]>>} */
const addresses = { link_open: ['href', resolveLink], image: ['src', resolveImage] };

/** @param {import('vitepress').MarkdownRenderer} md */
export function extendMarkdown(md) {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const source = sources.get(env.relativePath);
    if (source === undefined) return;
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const [name, resolve] = addresses[token.type] ?? [];
      const link = name && token.attrGet(name);
      if (name && link && resolve) token.attrSet(name, resolve(link, source));
    }
  });
  md.core.ruler.push('labelled-cells', ({ tokens }) => labelCells(tokens));
  // VitePress has a rule that forgets the attributes.
  md.renderer.rules['table_open'] = (tokens, index, options, _, renderer) =>
    renderer.renderToken(tokens, index, options);
}

/**
 * On a phone each row of a table is a list (theme/style.css), so each cell knows its column. The roles keep it a table
 * for screen readers. A column without a name has no heading, and a table without any has no head.
 * @param {ReturnType<import('vitepress').MarkdownRenderer['parse']>} tokens
 */
function labelCells(tokens) {
  /** @type {string[]} */
  let columns = [];
  /** @type {typeof tokens[number] | undefined} */
  let table;
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    const role = roles.get(token.type);
    if (role !== undefined) token.attrSet('role', role);
    const text = tokens[index + 1]?.content ?? '';
    if (token.type === 'table_open') {
      table = token;
      columns = [];
    } else if (token.type === 'tr_open') at = 0;
    else if (token.type === 'td_open') token.attrSet('data-label', columns[at++] ?? '');
    else if (token.type === 'th_open') {
      columns.push(plain(text));
      if (text === '') makePlain(token, tokens[index + 2]);
    } else if (token.type === 'thead_close' && columns.length > 5) table?.attrSet('class', 'wide');
    else if (token.type === 'thead_open' && isHeadless(tokens, index)) token.attrSet('hidden', '');
  }
}

const roles = new Map([
  ['table_open', 'table'],
  ['thead_open', 'rowgroup'],
  ['tbody_open', 'rowgroup'],
  ['tr_open', 'row'],
  ['th_open', 'columnheader'],
  ['td_open', 'cell'],
]);

/** @typedef {ReturnType<import('vitepress').MarkdownRenderer['parse']>[number]} Token */

/** Makes a heading without a text a cell. @param {Token} open @param {Token | undefined} close */
function makePlain(open, close) {
  open.attrSet('role', 'cell');
  open.tag = 'td';
  if (close?.type === 'th_close') close.tag = 'td';
}

/**
 * Whether no column of the head that begins at `from` has a name. @param {readonly Token[]} tokens @param {number} from
 */
function isHeadless(tokens, from) {
  const end = tokens.findIndex(({ type }, index) => index > from && type === 'thead_close');
  return tokens.slice(from, end).every(({ content }) => content === '');
}

/** Without the marks of code and links. @param {string} text */
const plain = (text) => text.replaceAll(/`|\]\([^)]*\)|\[/g, '');
