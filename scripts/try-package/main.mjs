/**
 * The packed library as its users meet it: `node scripts/try-package/main.mjs [--tools FOLDER]`.
 *
 *   npm pack ──▶ npm init -y, npm install ──▶ the README's first example on every runtime
 *                                             import and require in one process: one copy of each class
 *                                             TypeScript in every module mode, compiled and run
 *                                             Jest in its default mode · bundles of esbuild, with bounds · npx memfleet
 *
 * `--tools` names a folder in whose node_modules are other versions of Node (node20, node22 …), Bun, Deno, Jest,
 * esbuild and newer types of Node. Without it only this Node and TypeScript are tried.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { programs, runtimes } from './runtimes.mjs';
import { bundles, jest } from './tools.mjs';
import { typeScript } from './typescript.mjs';

const run = promisify(execFile);
const { values } = parseArgs({ options: { tools: { type: 'string' } } });
const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'memfleet-package-'));

/**
 * Runs a program in the project of the user; throws with all that it printed when it fails or does not print
 * `expected`.
 * @param {string} program @param {readonly string[]} args @param {RegExp} expected @param {string} [folder]
 */
async function tryRun(program, args, expected, folder = scratch) {
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', npm_config_update_notifier: 'false' };
  const options = { cwd: folder, env, timeout: 120_000 };
  const { stdout, stderr } = await run(program, [...args], options).catch(
    (/** @type {unknown} */ error) => /** @type {{ stdout?: string, stderr?: string }} */ (error),
  );
  const printed = `${stdout ?? ''}${stderr ?? ''}`;
  if (!expected.test(printed))
    throw new Error(`${[program, ...args].join(' ')}\ndoes not print ${expected}:\n${printed}`);
}

/** The folder in which a user begins. */
async function makeProject() {
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch, '--workspace', 'packages/memfleet'],
    { cwd: root },
  );
  const [packed] = Object.values(JSON.parse(stdout));
  const quiet = ['--no-audit', '--no-fund', '--offline'];
  await run('npm', ['init', '-y'], { cwd: scratch });
  await run('npm', ['install', ...quiet, join(scratch, packed.filename)], { cwd: scratch });
  cpSync(join(root, 'scripts/try-package/consumers'), scratch, { recursive: true });
  const { size, unpackedSize, entryCount } = packed;
  console.log(`${packed.filename}: ${size} bytes packed, ${unpackedSize} unpacked, ${entryCount} files`);
}

/** @typedef {{ name: string, run: () => Promise<void> }} Trial */
/** @typedef {{ root: string, scratch: string, tools: string | undefined, tryRun: typeof tryRun }} Bench */

/** @returns {Trial[]} */
function trials() {
  const tools = values.tools === undefined ? undefined : resolve(values.tools, 'node_modules');
  const bench = { root, scratch, tools, tryRun };
  const line = /run it with: npx @memfleet\/cli/;
  const npx = { name: 'npx memfleet, the library alone', run: () => tryRun('npx', ['--no-install', 'memfleet'], line) };
  return [...jest(bench), ...runtimes(bench, programs(bench)), npx, ...typeScript(bench), ...bundles(bench)];
}

/** Two at a time. @param {Trial[]} waiting @returns {Promise<number>} how many failed */
async function runAll(waiting) {
  let failures = 0;
  const worker = async () => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      const start = performance.now();
      const error = await trial.run().then(
        () => undefined,
        (/** @type {unknown} */ reason) => reason,
      );
      const ms = `${Math.round(performance.now() - start)} ms`.padStart(9);
      console.log(`${ms}  ${error === undefined ? 'ok  ' : 'FAIL'}  ${trial.name}`);
      if (error === undefined) continue;
      failures++;
      console.log(error instanceof Error ? error.message : error);
    }
  };
  await Promise.all([worker(), worker()]);
  return failures;
}

mkdirSync(scratch, { recursive: true });
try {
  await makeProject();
  process.exitCode = (await runAll(trials())) === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
