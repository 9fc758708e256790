/**
 * Who runs on which core. With two cores or more and `taskset`: what is under test alone on the first, everything it
 * connects to on the second. Else nothing is pinned, and the output says so.
 */
import { type ChildProcess, execFileSync, spawn, type StdioOptions } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { findProgram } from './programs.ts';

/** `test`: the process under test. `rest`: servers, load generators, this program. */
export type Place = 'test' | 'rest';

const cores: Record<Place, string> = { test: '0', rest: '1' };
const taskset = availableParallelism() >= 2 ? findProgram('taskset') : undefined;

/** For the output: how processes are pinned. */
export function describePinning(): string {
  if (taskset === undefined) return 'not pinned (needs two cores and taskset): the numbers are less steady';
  return `under test on core ${cores.test}, everything else on core ${cores.rest}`;
}

/** Puts this process on a core. */
export function pinSelf(place: Place): void {
  if (taskset !== undefined)
    execFileSync(taskset, ['-a', '-p', '-c', cores[place], String(process.pid)], { stdio: 'ignore' });
}

/** Starts a program on a core; undefined = on any. */
export function spawnPinned(
  place: Place | undefined,
  program: string,
  args: readonly string[],
  stdio: StdioOptions,
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  if (taskset === undefined || place === undefined) return spawn(program, args, { stdio, env });
  return spawn(taskset, ['-c', cores[place], program, ...args], { stdio, env });
}
