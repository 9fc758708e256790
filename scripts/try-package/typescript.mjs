/** TypeScript: the same sources in every module mode; what is written runs. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examplesOf } from '../examples.mjs';
import { versionOf } from './runtimes.mjs';

/**
 * @typedef {{
 *   module: string,
 *   moduleResolution?: string,
 *   type: 'module' | 'commonjs',
 *   isRun?: boolean,
 *   hasNewerTypes?: boolean,
 * }} Mode
 */

/**
 * `isRun: false` writes what only a bundler can run; `hasNewerTypes`: with the types of Node that are among the tools.
 * @type {readonly Mode[]}
 */
const modes = [
  { module: 'node16', type: 'module' },
  { module: 'node16', type: 'commonjs' },
  { module: 'node20', type: 'commonjs' },
  { module: 'nodenext', type: 'module' },
  { module: 'nodenext', type: 'commonjs' },
  { module: 'nodenext', type: 'module', hasNewerTypes: true },
  { module: 'nodenext', type: 'commonjs', hasNewerTypes: true },
  { module: 'preserve', moduleResolution: 'bundler', type: 'module', isRun: false },
  { module: 'esnext', moduleResolution: 'bundler', type: 'module' },
  { module: 'commonjs', moduleResolution: 'bundler', type: 'commonjs' },
];

/** @param {Mode} mode @param {string} newer the folder of other types */
function nameOf({ module, moduleResolution, type, hasNewerTypes }, newer) {
  const resolution = moduleResolution === undefined ? '' : ` (${moduleResolution})`;
  const types = hasNewerTypes === true ? `, @types/node ${versionOf(join(newer, 'node'))}` : '';
  return `TypeScript: ${module}${resolution} as ${type}${types}`;
}

/** @param {import('./main.mjs').Bench} bench @returns {import('./main.mjs').Trial[]} */
export function typeScript({ root, scratch, tools, tryRun }) {
  const [example] = examplesOf(root, 'README.md');
  if (example === undefined) throw new Error('the README has no example');
  const newer = tools === undefined ? '' : join(tools, '@types');
  const known = modes.filter(({ hasNewerTypes }) => hasNewerTypes !== true || existsSync(join(newer, 'node')));
  return known.map((mode, index) => ({
    name: nameOf(mode, newer),
    async run() {
      const folder = join(scratch, `ts${index}`);
      mkdirSync(folder);
      // No `skipLibCheck`: the declarations of the package are checked as well.
      const { type, isRun, hasNewerTypes, ...module } = mode;
      const compilerOptions = {
        ...module,
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        types: ['node'],
        typeRoots: [hasNewerTypes === true ? newer : join(root, 'node_modules/@types')],
        outDir: 'out',
        rootDir: '.',
      };
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
      for (const file of readdirSync(scratch).filter((name) => /\.c?ts$/.test(name)))
        if (file.endsWith('.ts') || module.module.startsWith('node')) cpSync(join(scratch, file), join(folder, file));
      // It has `await` outside of functions.
      if (type === 'module') writeFileSync(join(folder, 'example.ts'), example.code);
      await tryRun(
        process.execPath,
        [join(root, 'node_modules/typescript/bin/tsc'), '--listEmittedFiles'],
        /run.js/,
        folder,
      );
      if (isRun !== false) await tryRun(process.execPath, ['out/run.js'], /compiled works/, folder);
    },
  }));
}
