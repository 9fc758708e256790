/**
 * The entry points of the library, as its `exports` name them.
 *
 * `import` gets the modules that the compiler wrote, one for one. `require` gets the same modules where the runtime can
 * require them (`module-sync`: Node 20.19 and 22.12 or newer, Deno; `bun`), and in a bundle (`module`): one copy of
 * each class in a process, however a file loads it. Only what can do no better (Jest in its default mode, TypeScript
 * that writes CommonJS as `node16`) reads the bundles of dist/cjs.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export const library = 'packages/memfleet';

/**
 * @typedef {{ types: string, default: string }} Files
 * @typedef {{ path: string, name: string, esm: Files, cjs: Files }} Entry `path` is what users import: `memfleet/core`
 */

/** @param {string} root the folder of the repository @returns {Entry[]} */
export function readEntries(root = '.') {
  const { exports, name: own } = JSON.parse(readFileSync(join(root, library, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, conditions]) => typeof conditions === 'object')
    .map(([path, { require: cjs, default: esm }]) => ({
      path: `${own}${path.slice(1)}`,
      name: basename(cjs.default, '.cjs'),
      esm,
      cjs,
    }));
}

/** The source of an entry point: `./dist/core/index.js` is made from `src/core/index.ts`. @param {Entry} entry */
export const sourceOf = (entry) => `${library}/${entry.esm.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`;

/** Where the bundles are. @param {readonly Entry[]} entries */
export const folderOf = (entries) => `${library}/${dirname(entries[0]?.cjs.default ?? '')}`;
