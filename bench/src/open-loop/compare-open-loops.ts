/** `bench open-loop`: the tails of gets that come at a fixed rate, and of gets beside large calls. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chosen } from '../chosen.ts';
import { type Entrant, isOnRedis } from '../client/entrant.ts';
import { type Daemon, startMemcached, startRedis } from '../daemon.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { runOneShot } from '../one-shot.ts';
import { pinSelf } from '../pinning.ts';
import { findProgram } from '../programs.ts';
import { Progress } from '../progress.ts';
import type { Settings } from '../settings.ts';
import { formatMarkdown, formatTable } from '../table.ts';
import { openLoopEntrants, takesScenario } from './open-loop-entrants.ts';
import { judgeTails, openLoopTable, type Run, tailLines, tailVerdictTable } from './result.ts';
import { type Assignment, type Outcome, type Scenario, scenarios } from './scenario.ts';
import { windowLength } from './windows.ts';

const worker = fileURLToPath(new URL('worker.js', import.meta.url));

/** ms that a process may take to begin and to end. */
const patience = 60_000;

async function runAll(entrants: readonly Entrant[], wanted: readonly Scenario[], settings: Settings): Promise<Run[]> {
  pinSelf('rest');
  const memcached = await startMemcached('rest');
  const redis = entrants.some(isOnRedis) ? await startRedis('rest') : undefined;
  const ports = { memcached: memcached.port, redis: redis?.port ?? 0, ring: [], cluster: undefined };
  const runs: Run[] = [];
  const bouts = wanted.flatMap((scenario) =>
    entrants.filter((entrant) => takesScenario(entrant, scenario)).map((entrant) => ({ scenario, entrant })),
  );
  const progress = new Progress(settings.rounds * bouts.length);
  for (let round = 0; round < settings.rounds; round++) {
    for (let i = 0; i < bouts.length; i++) {
      const { scenario, entrant } = bouts[(i + round) % bouts.length] as (typeof bouts)[number];
      const server = (isOnRedis(entrant) ? redis : memcached) as Daemon;
      const { warmUp, measure } = settings;
      const assignment: Assignment = { entrant: entrant.name, scenario, ports, serverPid: server.pid, warmUp, measure };
      const outcome = await runOneShot<Outcome>(worker, assignment, warmUp + measure + patience);
      runs.push({ round, entrant: entrant.name, scenario: scenario.name, outcome });
      progress.step(`${scenario.name} ${entrant.name}: ${shortly(outcome)}`);
    }
  }
  memcached.stop();
  redis?.stop();
  return runs;
}

function shortly(outcome: Outcome | string): string {
  if (typeof outcome === 'string') return outcome;
  const { tail, leftOut, windows } = outcome;
  const times = tail === undefined ? 'nothing counts' : `p50 ${tail.p50.toFixed(0)}, p99 ${tail.p99.toFixed(0)} µs`;
  return `${times}, ${leftOut} of ${windows} windows left out`;
}

/** The share of windows that are left out beyond which the rest says little. */
const tooMuch = 0.8;

const method =
  'latencies from when a get was due; a tick wakes the client every 250 µs; windows of ' +
  `${windowLength} ms in which other work took the core of the client or the server are left out`;

/** `bench open-loop`. */
export async function openLoopCommand(settings: Settings): Promise<void> {
  const wishes = chosen(openLoopEntrants, settings.only, 'client');
  const wanted = chosen(scenarios, settings.workloads, 'workload');
  const entrants = findProgram('redis-server') === undefined ? wishes.filter((one) => !isOnRedis(one)) : wishes;
  const runs = await runAll(entrants, wanted, settings);
  const machine = describeMachine();
  const verdicts = judgeTails(runs);
  console.log(`${formatMachine(machine)}\n${settings.rounds} rounds of ${settings.measure} ms; ${method}\n`);
  const format = settings.markdown ? formatMarkdown : formatTable;
  for (const scenario of wanted) console.log(format(openLoopTable(scenario, runs)));
  if (tailLines(runs).some(({ leftOut }) => leftOut > tooMuch))
    console.log(
      'Other work took most of the machine: these figures are of few windows. Measure again when it is quiet.\n',
    );
  if (verdicts.length > 0) console.log(format(tailVerdictTable(verdicts)));
  for (const { name } of wishes.filter((one) => !entrants.includes(one)))
    console.log(`skipped: ${name} (there is no redis-server): sudo apt-get install redis-server`);
  if (settings.json !== undefined)
    writeFileSync(
      settings.json,
      `${JSON.stringify({ machine, settings, verdicts, lines: tailLines(runs), runs }, null, 1)}\n`,
    );
}
