/** TypeScript: the same sources in every module mode; what is written runs. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ module: string, moduleResolution?: string, type: 'module' | 'commonjs', isRun?: boolean }} Mode */

/** @type {readonly Mode[]} `isRun: false` writes what only a bundler can run */
const modes = [
  { module: 'node16', type: 'module' },
  { module: 'node16', type: 'commonjs' },
  { module: 'node20', type: 'commonjs' },
  { module: 'nodenext', type: 'module' },
  { module: 'nodenext', type: 'commonjs' },
  { module: 'preserve', moduleResolution: 'bundler', type: 'module', isRun: false },
  { module: 'esnext', moduleResolution: 'bundler', type: 'module' },
  { module: 'commonjs', moduleResolution: 'bundler', type: 'commonjs' },
];

/** @param {import('./main.mjs').Bench} bench @returns {import('./main.mjs').Trial[]} */
export function typeScript({ root, scratch, tryRun }) {
  return modes.map((mode, index) => ({
    name: `TypeScript: ${mode.module}${mode.moduleResolution ? ` (${mode.moduleResolution})` : ''} as ${mode.type}`,
    async run() {
      const folder = join(scratch, `ts${index}`);
      mkdirSync(folder);
      // No `skipLibCheck`: the declarations of the package are checked as well.
      const { type, isRun, ...module } = mode;
      const compilerOptions = {
        ...module,
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        outDir: 'out',
        rootDir: '.',
      };
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
      for (const file of readdirSync(scratch).filter((name) => /\.c?ts$/.test(name)))
        if (file.endsWith('.ts') || module.module.startsWith('node')) cpSync(join(scratch, file), join(folder, file));
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
