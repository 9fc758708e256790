/**
 * The command as one CommonJS file, made of the sources: library, command, memcached's command line, dependencies.
 *
 *   packages/cli/src/main.ts ─ esbuild ─▶ memfleet.cjs
 *                                 ├ packages/cli/src/own-program.ts is own-program.mjs
 *                                 └ `memfleet-binary:files` has the files of packages/cli that it reads at run time
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { readEntries, sourceOf } from '../package/entries.mjs';

const root = resolve(import.meta.dirname, '../..');
const cli = join(root, 'packages/cli');

/** What the command reads at run time: folders of packages/cli, and files of packages. */
const folders = ['page'];
const packageFiles = ['uplot/dist/uPlot.iife.min.js', 'uplot/dist/uPlot.min.css'];

const { resolve: find } = createRequire(join(cli, 'package.json'));

/** @param {string} folder @returns {string[]} */
const filesIn = (folder) =>
  readdirSync(join(cli, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(cli, join(file.parentPath, file.name)));

function readFiles() {
  const own = ['package.json', ...folders.flatMap(filesIn)].map((path) => [path, join(cli, path)]);
  const others = packageFiles.map((path) => [path, find(path)]);
  return Object.fromEntries([...own, ...others].map(([path, file]) => [path, readFileSync(String(file), 'base64')]));
}

/** The source of each entry point of the library, by the name that the command imports. */
const readSources = () => new Map(readEntries(root).map((entry) => [entry.path, join(root, sourceOf(entry))]));

/** @type {import('esbuild').Plugin} */
const parts = {
  name: 'memfleet-binary',
  setup(bundling) {
    const sources = readSources();
    bundling.onResolve({ filter: /\/own-program\.ts$/ }, () => ({
      path: join(import.meta.dirname, 'own-program.mjs'),
    }));
    bundling.onResolve({ filter: /^memfleet(?:\/|$)/ }, ({ path }) => ({ path: sources.get(path) ?? path }));
    bundling.onResolve({ filter: /^memfleet-binary:files$/ }, () => ({ path: 'files', namespace: 'memfleet-binary' }));
    // terminal-kit loads its parts by names that only it knows; it has another file for bundles. Of one folder it takes
    // any file, and this one is no program.
    bundling.onResolve({ filter: /^terminal-kit$|\/termkit(?:\.js)?$/ }, () => ({
      path: find('terminal-kit/lib/termkit-no-lazy-require.js'),
    }));
    bundling.onLoad({ filter: /termconfig\/README$/ }, () => ({ contents: '' }));
    bundling.onLoad({ filter: /./, namespace: 'memfleet-binary' }, () => ({
      contents: `export const files = ${JSON.stringify(readFiles())};`,
    }));
  },
};

/**
 * Gives the files that are in it, seen from the root of the repository.
 * @param {string} outfile @param {string} target of esbuild, such as `node24`
 */
export async function writeBundle(outfile, target) {
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: [join(cli, 'src/main.ts')],
    outfile,
    bundle: true,
    minify: true,
    // Node prints the line that an unexpected error comes from.
    lineLimit: 160,
    keepNames: true,
    platform: 'node',
    format: 'cjs',
    target,
    // No file of the program is on the disk.
    define: { 'import.meta.url': '"memfleet:binary"' },
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [parts],
  });
  return [...Object.keys(metafile.inputs), ...packageFiles.map((path) => `node_modules/${path}`)];
}
