/**
 * The examples of the docs as modules: every block of a page that is fenced as `js` or `ts`. A block that begins with a
 * comment like `// cache.mjs` has that name, and other blocks of its page import it as `./cache.mjs`.
 *
 *   README.md ─ examplesOf ─▶ blocks ─ exampleModules (a plugin of Vite) ─▶ import('/@example/README.md/1.js')
 *
 * The address `127.0.0.1:11211` becomes that of the test's server, which stands in MEMFLEET_EXAMPLE_NODE.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Example
 * @property {string} page the path of the page
 * @property {string} name its own, or its number on the page with the extension
 * @property {string} id what a test imports
 * @property {string} code
 */

const block = /^```(js|ts)\n([\s\S]*?)^```$/gm;
const named = /^\/\/ ([\w./[\]-]+\.m?[jt]s)\n/;
const begin = '/@example/';

/** The pages with examples: README.md, and what lies in docs. @param {string} root @returns {string[]} */
export function examplePages(root) {
  const docs = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));
  return ['README.md', ...docs.map((file) => `docs/${file}`).sort()];
}

/** @param {string} root @param {string} page @returns {Example[]} */
export function examplesOf(root, page) {
  return examplesIn(readFileSync(join(root, page), 'utf8'), page);
}

/** The examples in the text of a page. @param {string} text @param {string} page @returns {Example[]} */
export function examplesIn(text, page) {
  return [...text.matchAll(block)].map(([, language, code = ''], index) => {
    const name = named.exec(code)?.[1] ?? `${index + 1}.${language}`;
    return { page, name, id: `${begin}${page}/${name}`, code };
  });
}

/** @param {string} root @returns {import('vitest/config').ViteUserConfig['plugins']} */
export function exampleModules(root) {
  /** @param {string} id */
  const find = (id) => {
    const [path = ''] = id.split('?');
    const page = examplePages(root).find((name) => path.startsWith(`${begin}${name}/`));
    return page === undefined ? undefined : examplesOf(root, page).find((example) => example.id === path);
  };
  return [
    {
      name: 'memfleet:examples',
      enforce: 'pre',
      resolveId(id, importer) {
        if (id.startsWith(begin)) return id;
        const [, page] = importer === undefined ? [] : (/^\/@example\/(.*\.md)\//.exec(importer) ?? []);
        // Examples say the folders of an application; here their files lie in one.
        if (page === undefined || !id.startsWith('.')) return undefined;
        const name = id.replace(/^(?:\.\.?\/)+/, '');
        return examplesOf(root, page).find((example) => example.name.endsWith(name))?.id;
      },
      load(id) {
        return id.startsWith(begin)
          ? find(id)?.code.replaceAll("'127.0.0.1:11211'", 'process.env.MEMFLEET_EXAMPLE_NODE')
          : undefined;
      },
    },
  ];
}
