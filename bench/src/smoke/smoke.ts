/**
 * `bench smoke`: half a minute for CI. It finds a client that lost its speed, with margins that a shared machine does
 * not eat up.
 */
import { compareClients } from '../client/compare-clients.ts';
import { type Comparison, comparisonTables } from '../client/result.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { findProgram } from '../programs.ts';
import type { Settings } from '../settings.ts';
import { formatNumber, formatTable } from '../table.ts';

const workload = 'get100-256';
const peers = ['memcached', 'memjs'];
/** The targets are 7×: a third of them and a little (performance.md, E.7). */
const margin = 3;

/** Calls/s or CPU: one of the two is enough, for what disturbs the one often leaves the other alone. */
function verdict(line: Comparison): 'fast' | 'noisy' | 'SLOW' {
  if (Math.max(line.rateRatio.median, line.cpuRatio.median) >= margin) return 'fast';
  return line.noisyPairs > line.rounds / 2 ? 'noisy' : 'SLOW';
}

/** Where CI runs it something that is not installed is an error; elsewhere it is only said. */
function notInstalled(what: readonly string[]): void {
  console.log(`not installed: ${what.join(', ')}; npm run bench -- setup says how to get it`);
  if (process.env['CI'] === 'true') process.exitCode = 1;
}

export async function smokeCommand(settings: Settings): Promise<void> {
  if (findProgram('memcached') === undefined) {
    notInstalled(['memcached']);
    return;
  }
  const { comparisons, failures, skipped } = await compareClients({ ...settings, only: peers, workloads: [workload] });
  console.log(`${formatMachine(describeMachine())}\n`);
  for (const table of comparisonTables(comparisons)) console.log(formatTable(table));
  if (skipped.length > 0) notInstalled(skipped);
  for (const line of comparisons) {
    const found = verdict(line);
    const ratios = `calls/s ${formatNumber(line.rateRatio.median)}×, CPU ${formatNumber(line.cpuRatio.median)}×`;
    console.log(`${found}: against ${line.other} ${ratios}, wanted one of them ≥ ${margin}×`);
    if (found === 'SLOW') process.exitCode = 1;
  }
  for (const { other, message } of failures) {
    console.log(`failed: ${other}: ${message}`);
    process.exitCode = 1;
  }
}
