/**
 * The program that tests run: the built command, or the binary that MEMFLEET_BINARY names (`npm run binary`). All that
 * start it by this hold for the binary as well, but for those of `memfleet demo`, which is not inside.
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = process.env['MEMFLEET_BINARY'];

/** What starts it, and the words before its own. */
export const [program, ...firstWords]: readonly [string, ...string[]] =
  binary === undefined ? [process.execPath, fileURLToPath(new URL('../../dist/main.js', import.meta.url))] : [binary];

/** Starts it with a channel to this process. */
export function startWithChannel(words: readonly string[], stdio: 'ignore' | 'pipe'): ChildProcess {
  const streams: StdioOptions = [stdio, stdio, stdio, 'ipc'];
  return spawn(program, [...firstWords, ...words], { stdio: streams });
}
