/** `npm run simulate -- --seeds 1000`: see docs/reliability.md. */
import { readFileSync } from 'node:fs';
import { runJobs } from './jobs.ts';
import { runMutants } from './mutants/run.ts';
import type { Plan } from './plan.ts';
import { Runs } from './runs.ts';
import { settingsOf, usage } from './settings.ts';

async function main(): Promise<void> {
  const drawn = (Date.now() ^ process.pid) >>> 0;
  const settings = settingsOf(process.argv.slice(2), drawn);
  if (settings === undefined) {
    console.log(usage);
    return;
  }
  if (settings.mutants !== undefined) {
    if (!(await runMutants(settings.mutants, console.log))) process.exitCode = 1;
    return;
  }
  // The stacks of errors take a tenth of the time.
  if (!settings.trace) Error.stackTraceLimit = 0;
  const runs = new Runs(settings, console.log, () => performance.now());
  if (settings.plan !== undefined) {
    const plan = JSON.parse(readFileSync(settings.plan, 'utf8')) as Plan;
    if (!(await runs.runPlan(plan))) process.exitCode = 1;
    return;
  }
  if (process.send !== undefined) {
    process.send(await runs.run());
    return;
  }
  console.log(`seeds from ${settings.first}: ${settings.scenarios.join(', ')}`);
  const tallies = settings.jobs > 1 ? await runJobs(settings, process.argv.slice(2)) : await runs.run();
  if (!runs.conclude(tallies)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 2;
}
