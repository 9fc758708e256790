/**
 * `npm run mutants`: do the tests of the cache notice mistakes? Each mutant of `mutants.mjs` is made in a copy of the
 * tree, and the test that it names must fail there.
 *
 *   npm run mutants                 all of them; the last line is `N of N caught`
 *   npm run mutants -- epoch lease  those whose name has one of the words
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from './mutants.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const copied = ['package.json', 'vitest.config.ts', 'tsconfig.base.json', 'scripts', 'packages/memfleet/src'];
const alsoCopied = ['packages/memfleet/package.json', 'packages/memfleet/test/cache', 'packages/memfleet/test/support'];

/** A copy of what the tests of the cache need. */
function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'memfleet-mutants-'));
  for (const path of [...copied, ...alsoCopied]) cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/**
 * Whether the test passes in the copy. Its output, where it does not.
 * @param {string} copy
 * @param {string} test
 * @returns {Promise<boolean>}
 */
function passes(copy, test) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const file = join('packages/memfleet/test', test);
  const runner = spawn(process.execPath, [vitest, 'run', '--project', 'unit', '--bail', '1', file], {
    cwd: copy,
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    runner.on('error', reject);
    runner.on('close', (code) => resolve(code === 0));
  });
}

/**
 * Whether the test notices the mutant.
 * @param {string} copy
 * @param {import('./mutants.mjs').Mutant} mutant
 */
async function isCaught(copy, { file, search, replacement, test }) {
  const path = join(copy, 'packages/memfleet/src', file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    source.replace(search, () => replacement),
  );
  try {
    return !(await passes(copy, test));
  } finally {
    writeFileSync(path, source);
  }
}

/**
 * Throws unless the text that a mutant replaces occurs once.
 * @param {import('./mutants.mjs').Mutant} mutant
 */
function checkMutant({ name, file, search }) {
  const source = readFileSync(join(root, 'packages/memfleet/src', file), 'utf8');
  const count = source.split(search).length - 1;
  if (count !== 1) throw new Error(`${name}: the text to replace occurs ${count} times in ${file}`);
}

const words = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
for (const mutant of chosen) checkMutant(mutant);
const copy = copyTree();
let caught = 0;
try {
  for (const test of new Set(chosen.map((mutant) => mutant.test)))
    if (!(await passes(copy, test))) throw new Error(`${test} fails without a mutant`);
  for (const mutant of chosen) {
    const isFound = await isCaught(copy, mutant);
    if (isFound) caught++;
    process.stdout.write(`${isFound ? 'caught' : 'MISSED'}  ${mutant.name} (${mutant.test})\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${caught} of ${chosen.length} caught\n`);
process.exitCode = caught === chosen.length ? 0 : 1;
