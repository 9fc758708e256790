/**
 * The program that tests run: the built command, or the binary that MEMFLEET_BINARY names (`npm run binary`). All that
 * start it by this hold for the binary as well, but for those of `memfleet demo`, which is not inside, and of the files
 * that a start loads, as there are none.
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const binary = process.env['MEMFLEET_BINARY'];

/** The major version of the Node that runs it: the binary has its own, 24. */
export const nodeVersion: number = binary === undefined ? Number.parseInt(process.versions.node) : 24;

/** The file of the published program. */
export const published: string = fileURLToPath(new URL('../../bundle/main.cjs', import.meta.url));
if (binary === undefined && !existsSync(published)) throw new Error(`${published} is missing: run \`npm run build\``);

/** What starts it, and the words before its own. */
export const [program, ...firstWords]: readonly [string, ...string[]] =
  binary === undefined ? [process.execPath, published] : [binary];

/** Starts it with a channel to this process. */
export function startWithChannel(words: readonly string[], stdio: 'ignore' | 'pipe'): ChildProcess {
  const streams: StdioOptions = [stdio, stdio, stdio, 'ipc'];
  return spawn(program, [...firstWords, ...words], { stdio: streams });
}
