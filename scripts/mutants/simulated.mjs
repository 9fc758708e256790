/**
 * `npm run simulate:mutants`: does the simulation notice mistakes? Each mutant of `simulated-list.mjs` is made in a
 * copy of what was built, and the seeds of its scenario must find it.
 *
 *   npm run simulate:mutants                  all of them; the last line is `N of N caught`
 *   npm run simulate:mutants -- order fleet   those whose name or scenario has one of the words
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from './simulated-list.mjs';

const root = fileURLToPath(new URL('../../packages/', import.meta.url));
/** Seeds of a mutant at most, and the time for them in ms: a mutant that hangs is noticed as well. */
const seeds = 200;
const patience = 600_000;

/** A copy of the library and the simulation, as they were built. */
function copyBuilt() {
  const copy = mkdtempSync(join(tmpdir(), 'memfleet-simulated-'));
  const library = join(copy, 'node_modules/memfleet');
  mkdirSync(library, { recursive: true });
  for (const name of ['package.json', 'dist']) {
    cpSync(join(root, 'memfleet', name), join(library, name), { recursive: true });
    cpSync(join(root, 'simulation', name), join(copy, name), { recursive: true });
  }
  return copy;
}

/**
 * The first line about a failure; undefined = all seeds passed, or nothing was found but histories that are too large
 * to search (UNDECIDED).
 * @param {string} copy
 * @param {string} scenario
 * @returns {Promise<string | undefined>}
 */
function firstFailure(copy, scenario) {
  const args = [join(copy, 'dist/main.js'), '--scenario', scenario, '--from', '1', '--seeds', String(seeds), '--first'];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: patience });
  let output = '';
  runner.stdout.on('data', (chunk) => (output += chunk));
  runner.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    runner.on('error', reject);
    runner.on('close', (code) => {
      const lines = output.split('\n');
      const at = lines.findIndex((line) => line.startsWith('FAILED'));
      if (at >= 0) resolve(lines.slice(at, at + 2).join(':'));
      else if (code === 0 || lines.some((line) => line.startsWith('UNDECIDED'))) resolve(undefined);
      else resolve(lines.find((line) => line.includes('Error')) ?? 'it hangs');
    });
  });
}

/**
 * @param {string} copy
 * @param {import('./simulated-list.mjs').SimulatedMutant} mutant
 */
async function failureOf(copy, { file, replacement, scenario, search }) {
  const path = join(copy, 'node_modules/memfleet/dist', file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    source.replace(search, () => replacement),
  );
  try {
    return await firstFailure(copy, scenario);
  } finally {
    writeFileSync(path, source);
  }
}

const words = process.argv.slice(2);
const chosen = mutants.filter(
  ({ name, scenario }) => words.length === 0 || words.some((word) => `${scenario} ${name}`.includes(word)),
);
const copy = copyBuilt();
let caught = 0;
try {
  for (const { file, name, search } of chosen) {
    const count = readFileSync(join(copy, 'node_modules/memfleet/dist', file), 'utf8').split(search).length - 1;
    if (count !== 1) throw new Error(`${name}: the text to replace occurs ${count} times in ${file}`);
  }
  for (const mutant of chosen) {
    const failure = await failureOf(copy, mutant);
    if (failure !== undefined) caught++;
    const what = failure === undefined ? '' : `: ${failure}`;
    process.stdout.write(`${failure === undefined ? 'MISSED' : 'caught'}  ${mutant.scenario}: ${mutant.name}${what}\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${caught} of ${chosen.length} caught\n`);
process.exitCode = caught === chosen.length ? 0 : 1;
