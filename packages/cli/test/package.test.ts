/** What the package on npm holds. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import './support/program.ts';

const cli = fileURLToPath(new URL('..', import.meta.url));

/** The paths of the files that npm packs. */
function packed(): readonly string[] {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [report] = JSON.parse(execFileSync('npm', words, { cwd: cli, encoding: 'utf8' })) as readonly {
    readonly files: readonly { readonly path: string }[];
  }[];
  return report?.files.map(({ path }) => path) ?? [];
}

/** The files that a packed file imports: of declarations, which name the sources, those of the sources. */
function importsOf(path: string): readonly string[] {
  const text = readFileSync(join(cli, path), 'utf8');
  const imported = /^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)';$|\brequire\("(\.[^"]+)"\)/gm;
  return [...text.matchAll(imported)].map(([, module, common]) =>
    join(dirname(path), module ?? common ?? '').replace(/(?<!\.d)\.ts$/, '.d.ts'),
  );
}

test('every file that a published file imports is published', () => {
  const files = packed();
  const missing = files
    .filter((path) => /\.(?:cjs|js|d\.ts)$/.test(path))
    .flatMap((path) => importsOf(path).flatMap((other) => (files.includes(other) ? [] : [`${path} → ${other}`])));
  expect(missing).toEqual([]);
});

test('the program, its licences and the modules of the load generator are published, and no others', () => {
  const files = packed();
  for (const path of ['bundle/main.cjs', 'bundle/LICENSES.txt', 'page/index.html', 'LICENSE', 'README.md'])
    expect(files).toContain(path);
  const used = new Set(['dist/load/index.js', 'dist/load/index.d.ts']);
  for (const path of used) for (const other of importsOf(path)) used.add(other);
  expect(modulesOf(files.filter((path) => path.startsWith('dist/')))).toEqual(modulesOf([...used]));
});

function modulesOf(files: readonly string[]): readonly string[] {
  return [...new Set(files.map((path) => path.replace(/(?:\.d\.ts|\.js)$/, '')))].sort();
}
