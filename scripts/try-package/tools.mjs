/** Jest in its default mode, and bundles, with the versions that are in the folder of tools. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { versionOf } from './runtimes.mjs';

/** @param {import('./main.mjs').Bench} bench @returns {import('./main.mjs').Trial[]} */
export function jest({ scratch, tools, tryRun }) {
  if (tools === undefined || !existsSync(join(tools, 'jest'))) return [];
  const program = join(tools, 'jest/bin/jest.js');
  const always = { fakeTimers: { enableGlobally: true } };
  return [[], ['--config', JSON.stringify(always)]].map((options) => ({
    name: `Jest ${versionOf(join(tools, 'jest'))}, ${options.length === 0 ? 'default mode' : 'fake timers everywhere'}`,
    run: () => tryRun(process.execPath, [program, '--rootDir', scratch, ...options], /Tests: +6 passed, 6 total/),
  }));
}

/** @param {import('./main.mjs').Bench} bench @returns {import('./main.mjs').Trial[]} */
export function bundles({ scratch, tools, tryRun }) {
  if (tools === undefined || !existsSync(join(tools, 'esbuild'))) return [];
  return /** @type {const} */ (['esm', 'cjs']).map((format) => ({
    name: `esbuild ${versionOf(join(tools, 'esbuild'))}: ${format}`,
    async run() {
      const folder = join(scratch, `bundle-${format}`);
      const outfile = join(folder, format === 'esm' ? 'out.mjs' : 'out.cjs');
      const { build } = await import(pathToFileURL(join(tools, 'esbuild/lib/main.js')).href);
      const entryPoints = [join(scratch, 'bundled.mjs')];
      await build({ entryPoints, outfile, format, bundle: true, platform: 'node', logLevel: 'error' });
      await tryRun(process.execPath, [outfile], /one copy/);
    },
  }));
}
