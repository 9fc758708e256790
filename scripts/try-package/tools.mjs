/**
 * Jest in its default mode, also with the example of docs/testing.md, and bundles, with the versions that are in the
 * folder of tools.
 */
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { examplesOf } from '../examples.mjs';
import { versionOf } from './runtimes.mjs';

/** @param {import('./main.mjs').Bench} bench @returns {import('./main.mjs').Trial[]} */
export function jest({ root, scratch, tools, tryRun }) {
  if (tools === undefined || !existsSync(join(tools, 'jest'))) return [];
  const example = examplesOf(root, 'docs/testing.md').find(({ name }) => name === 'products.jest.js');
  if (example === undefined) throw new Error('docs/testing.md has no example for Jest');
  writeFileSync(join(scratch, 'products.test.js'), example.code);
  // It has its own configuration, with the global setup.
  const folder = join(scratch, 'testing-jest');
  cpSync(join(root, 'examples/testing-jest'), folder, { recursive: true });
  const program = join(tools, 'jest/bin/jest.js');
  const setup = {
    name: `Jest ${versionOf(join(tools, 'jest'))}, examples/testing-jest with memfleet/testing/setup`,
    run: () => tryRun(process.execPath, [program], /Tests: +5 passed, 5 total/, folder),
  };
  const ignored = ['--testPathIgnorePatterns', '/testing-jest/', '/node_modules/'];
  const always = { fakeTimers: { enableGlobally: true } };
  const modes = [[], ['--config', JSON.stringify(always)]].map((options) => ({
    name: `Jest ${versionOf(join(tools, 'jest'))}, ${options.length === 0 ? 'default mode' : 'fake timers everywhere'}`,
    run: () =>
      tryRun(process.execPath, [program, '--rootDir', scratch, ...options, ...ignored], /Tests: +7 passed, 7 total/),
  }));
  return [...modes, setup];
}

/**
 * What a bundle of an entry point may have, in KB of 1000 bytes, minified (docs/performance.md#bundles). `start`: where
 * the bundler divides it, the files that are loaded at the start; without it, all of them are.
 * @type {ReadonlyArray<readonly [contents: string, whole: number, start?: number]>}
 */
const sizes = [
  ["export { createClient } from 'memfleet'", 282, 205],
  ["export * from 'memfleet/core'", 13],
  ["export * from 'memfleet/locator'", 33],
  ["export * from 'memfleet/server'", 152],
  ["export * from 'memfleet/proxy'", 335, 277],
  ["export * from 'memfleet/cache'", 368, 291],
];

/**
 * The bytes of the files that the entry point loads at once.
 * @param {Record<string, { bytes: number, entryPoint?: string, imports: { kind: string, path: string }[] }>} outputs
 *   of the metafile
 */
function bytesAtStart(outputs) {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint !== undefined);
  const found = new Set([entry ?? '']);
  // A set gives what is added while it is walked.
  for (const path of found)
    for (const { kind, path: other } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && other in outputs) found.add(other);
  return [...found].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
}

/** @param {import('./main.mjs').Bench} bench @returns {import('./main.mjs').Trial[]} */
export function bundles({ scratch, tools, tryRun }) {
  if (tools === undefined || !existsSync(join(tools, 'esbuild'))) return [];
  const esbuild = () => import(pathToFileURL(join(tools, 'esbuild/lib/main.js')).href);
  const bounded = sizes.map(([contents, whole, start = whole]) => ({
    name: `esbuild ${versionOf(join(tools, 'esbuild'))}: ${contents} has at most ${whole} KB, ${start} at the start`,
    async run() {
      const { build } = await esbuild();
      const stdin = { contents, resolveDir: scratch };
      const how = { bundle: true, minify: true, write: false, platform: 'node', format: 'esm', logLevel: 'error' };
      const { outputFiles } = await build({ stdin, ...how });
      const bytes = outputFiles[0].contents.length;
      if (bytes > whole * 1000) throw new Error(`${contents} has ${bytes} bytes`);
      const divided = await build({ stdin, ...how, splitting: true, metafile: true, outdir: scratch });
      const first = bytesAtStart(divided.metafile.outputs);
      if (first > start * 1000) throw new Error(`${contents} loads ${first} bytes at the start`);
    },
  }));
  const one = /** @type {const} */ (['esm', 'cjs']).map((format) => ({
    name: `esbuild ${versionOf(join(tools, 'esbuild'))}: ${format}`,
    async run() {
      const folder = join(scratch, `bundle-${format}`);
      const outfile = join(folder, format === 'esm' ? 'out.mjs' : 'out.cjs');
      const { build } = await esbuild();
      const entryPoints = [join(scratch, 'bundled.mjs')];
      await build({ entryPoints, outfile, format, bundle: true, platform: 'node', logLevel: 'error' });
      await tryRun(process.execPath, [outfile], /one copy/);
    },
  }));
  return [...one, ...bounded];
}
