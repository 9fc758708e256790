/**
 * `npm run simulate -- --mutants`: does the simulation notice mistakes? Each is made in a copy of what was built, and
 * the seeds of its scenario must find it.
 *
 *   npm run simulate -- --mutants                all of them; the last line is `N of N found`
 *   npm run simulate -- --mutants order fleet    those whose name or scenario has one of the words
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from './list.ts';
import type { Mutant } from './mutant.ts';

const packages = fileURLToPath(new URL('../../../', import.meta.url));
/** Seeds of a mutant at most. */
const seeds = 200;
/** The time for one seed, in ms: a mutant that hangs is noticed as well. */
const patience = 120_000;

/** A mutant, and the scenario that must find it. */
interface Planted extends Mutant {
  readonly scenario: string;
}

/** A copy of the library and the simulation, as they were built. */
function copyBuilt(): string {
  const copy = mkdtempSync(join(tmpdir(), 'memfleet-simulated-'));
  const library = join(copy, 'node_modules/memfleet');
  mkdirSync(library, { recursive: true });
  for (const name of ['package.json', 'dist']) {
    cpSync(join(packages, 'memfleet', name), join(library, name), { recursive: true });
    cpSync(join(packages, 'simulation', name), join(copy, name), { recursive: true });
  }
  return copy;
}

/** What the simulation in the copy prints, until it ends or has printed nothing for too long. */
function outputOf(copy: string, scenario: string): Promise<{ readonly output: string; readonly code: number | null }> {
  const args = [join(copy, 'dist/main.js'), '--scenario', scenario, '--from', '1', '--seeds', String(seeds), '--first'];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let timer = setTimeout(() => runner.kill(), patience);
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
    clearTimeout(timer);
    timer = setTimeout(() => runner.kill(), patience);
  };
  runner.stdout.on('data', keep);
  runner.stderr.on('data', keep);
  return new Promise((resolve, reject) => {
    runner.on('error', reject);
    runner.on('close', (code) => {
      clearTimeout(timer);
      resolve({ output, code });
    });
  });
}

/**
 * The first lines about a failure; undefined = all seeds passed, or nothing was found but histories that are too large
 * to search (UNDECIDED).
 */
async function firstFailure(copy: string, scenario: string): Promise<string | undefined> {
  const { code, output } = await outputOf(copy, scenario);
  const lines = output.split('\n');
  const at = lines.findIndex((line) => line.startsWith('FAILED'));
  if (at >= 0) return lines.slice(at, at + 2).join(':');
  if (code === 0 || lines.some((line) => line.startsWith('UNDECIDED'))) return undefined;
  return lines.find((line) => line.includes('Error')) ?? 'it hangs';
}

async function failureOf(copy: string, { file, replacement, scenario, search }: Planted): Promise<string | undefined> {
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

/** Throws unless the text that a mutant replaces occurs once. */
function check(copy: string, { file, name, search }: Mutant): void {
  const count = readFileSync(join(copy, 'node_modules/memfleet/dist', file), 'utf8').split(search).length - 1;
  if (count !== 1) throw new Error(`${name}: the text to replace occurs ${count} times in ${file}`);
}

/** Plants the mutants whose name or scenario has one of the words (none = all). False: one was not found. */
export async function runMutants(words: readonly string[], print: (text: string) => void): Promise<boolean> {
  const chosen = Object.entries(mutants)
    .flatMap(([scenario, list]) => list.map((mutant): Planted => ({ scenario, ...mutant })))
    .filter(({ name, scenario }) => words.length === 0 || words.some((word) => `${scenario} ${name}`.includes(word)));
  const copy = copyBuilt();
  let found = 0;
  try {
    for (const mutant of chosen) check(copy, mutant);
    for (const mutant of chosen) {
      const failure = await failureOf(copy, mutant);
      if (failure !== undefined) found++;
      const what = failure === undefined ? 'MISSED' : 'found ';
      print(`${what}  ${mutant.scenario}: ${mutant.name}${failure === undefined ? '' : `: ${failure}`}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  print(`${found} of ${chosen.length} found`);
  return found === chosen.length;
}
