/**
 * dist/cjs: the library as CommonJS, a bundle for each entry point; what two of them use is in a file that they share.
 */
import { readFileSync, rmSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { folderOf, library, sourceOf } from './entries.mjs';

/** @param {readonly import('./entries.mjs').Entry[]} entries */
export async function writeCommonJs(entries) {
  const folder = folderOf(entries);
  const { peerDependencies = {} } = JSON.parse(readFileSync(`${library}/package.json`, 'utf8'));
  rmSync(folder, { recursive: true, force: true });
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry.name, sourceOf(entry)])),
    // What the library adapts is the package of the application.
    external: Object.keys(peerDependencies),
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node20.19' },
  });
  await bundle.write({
    dir: folder,
    format: 'cjs',
    exports: 'named',
    strict: true,
    comments: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'shared-[name].cjs',
  });
  await bundle.close();
}
