/**
 * `--jobs N`: processes share the seeds of a command. Each takes every N-th seed, prints what fails, and sends its sums
 * at the end.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { scenarioOf } from './scenarios/index.ts';
import type { Settings } from './settings.ts';
import { type Sums, Tally } from './tally.ts';

const main = fileURLToPath(new URL('main.js', import.meta.url));

/** Runs all shares; `args`: those of the command. Rejects when a process ends without its sums. */
export async function runJobs(
  { first, jobs, scenarios, stopsEarly }: Settings,
  args: readonly string[],
): Promise<readonly Tally[]> {
  const tallies = scenarios.map((name) => new Tally(scenarioOf(name)));
  const children = Array.from({ length: jobs }, (_, at) => {
    return fork(main, [...args, '--from', String(first), '--jobs', '1', '--share', `${at}/${jobs}`]);
  });
  let isOver = false;
  const ends = children.map(async (child) => {
    const sums = await sumsOf(child);
    if (sums === undefined && !isOver) throw new Error('a process of the simulation has ended without its sums');
    for (const [index, of] of (sums ?? []).entries()) tallies[index]?.merge({ ...of, real: of.real / jobs });
    if (!stopsEarly || sums?.some(({ failures }) => failures > 0) !== true) return;
    isOver = true;
    for (const other of children) other.kill();
  });
  await Promise.all(ends);
  return tallies;
}

/** What it sends; undefined = it ends before. */
function sumsOf(child: ChildProcess): Promise<readonly Sums[] | undefined> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (sums) => resolve(sums as readonly Sums[]));
    child.on('exit', () => resolve(undefined));
  });
}
