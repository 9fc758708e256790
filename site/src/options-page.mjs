/**
 * The page of all options: the tables between `<!-- options: client -->` and `<!-- /options -->`, which are made from
 * the tables of the code (`npm run docs:options`), each with the page that explains it.
 */
import { pages } from './pages.mjs';

/** @type {Readonly<Record<string, string>>} the headings of the tables, in the order of the page */
const headings = {
  client: 'Client',
  cache: 'Cache',
  server: 'Server',
  proxy: 'Proxy: top level',
  listeners: 'Proxy: listeners',
  clusters: 'Proxy: clusters',
  routes: 'Proxy: routes',
  'simulated-cluster': 'Simulated cluster',
};

/** Tables that are not about options. */
const others = new Set(['calls', 'bucket-calls']);

const table = /<!-- options: ([\w-]+) -->\n([\s\S]*?)<!-- \/options -->/g;

/**
 * @param {(source: string) => string} read gives a page of the repository
 * @param {(link: string, source: string) => string} resolve gives what a link of that page is on the site
 */
export function optionsPage(read, resolve) {
  const found = pages.flatMap((page) =>
    [...read(page.source).matchAll(table)].map(([, name = '', rows = '']) => ({ page, name, rows: rows.trim() })),
  );
  for (const { name } of found)
    if (!others.has(name) && !(name in headings)) throw new Error(`the table of options "${name}" has no heading`);
  const sections = Object.entries(headings).map(([name, heading]) => {
    const one = found.find((candidate) => candidate.name === name);
    if (one === undefined) throw new Error(`no page has the table of options "${name}"`);
    const rows = one.rows.replaceAll(/\]\(([^)\s]+)\)/g, (_, link) => `](${resolve(link, one.page.source)})`);
    return `## ${heading}\n\nExplained in [${one.page.title}](/${one.page.name}.md).\n\n${rows}\n`;
  });
  return `# Options\n\nEvery option with its default. A number shows its unit; \`–\` is no default.\n\n${sections.join('\n')}`;
}
