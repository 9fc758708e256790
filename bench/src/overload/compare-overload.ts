/** `bench overload`: who comes back after the event loop was held up while calls kept coming? */
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
import { median } from '../statistics.ts';
import { formatMarkdown, formatTable, type Table } from '../table.ts';
import { overloaded } from './overload-entrants.ts';
import { after, type Assignment, late, type Outcome, type Scenario, scenarios } from './scenario.ts';

const worker = fileURLToPath(new URL('worker.js', import.meta.url));

/** One process. */
export interface Run {
  readonly entrant: string;
  readonly scenario: string;
  /** How its process ended, where there is no outcome: out of memory, most likely. */
  readonly outcome: Outcome | string;
}

/** ms after which a process has hung: it watches some seconds, and waits ten for the last replies. */
const patience = 120_000;

async function runAll(
  entrants: readonly Entrant[],
  chosenScenarios: readonly Scenario[],
  rounds: number,
): Promise<Run[]> {
  pinSelf('rest');
  const needsRedis = entrants.some((entrant) => entrant.module === 'ioredis');
  const daemons: Daemon[] = [await startMemcached('rest'), ...(needsRedis ? [await startRedis('rest')] : [])];
  const ports = { memcached: daemons[0]?.port ?? 0, redis: daemons[1]?.port ?? 0 };
  const runs: Run[] = [];
  const progress = new Progress(rounds * entrants.length * chosenScenarios.length);
  for (let round = 0; round < rounds; round++) {
    for (const scenario of chosenScenarios) {
      for (const entrant of entrants) {
        const assignment: Assignment = { entrant: entrant.name, scenario, ports };
        const outcome = await runOneShot<Outcome>(worker, assignment, patience);
        runs.push({ entrant: entrant.name, scenario: scenario.name, outcome });
        progress.step(`${scenario.name} ${entrant.name}: ${shortly(outcome)}`);
      }
    }
  }
  for (const daemon of daemons) daemon.stop();
  return runs;
}

function shortly(outcome: Outcome | string): string {
  if (typeof outcome === 'string') return outcome;
  return `${outcome.failed} failed, back after ${shownRecovery(outcome.recovery)}`;
}

/** Still failing at the end of the watch is no recovery. */
function shownRecovery(recovery: number): string {
  return recovery > after - late ? 'not' : `${Math.round(recovery)} ms`;
}

function tableOf(scenario: Scenario, runs: readonly Run[]): Table {
  const ours = runs.filter((run) => run.scenario === scenario.name);
  const names = [...new Set(ours.map((run) => run.entrant))];
  return {
    title: `${scenario.rate} gets/s, the event loop held up for ${scenario.stall} ms, then watched for ${after / 1000} s`,
    columns: ['client', 'served', 'failed', 'back after', 'longest wait', 'CPU µs a call', 'RSS MB'],
    rows: names.map((name) => {
      const all = ours.filter((run) => run.entrant === name).map((run) => run.outcome);
      const outcomes = all.filter((outcome) => typeof outcome !== 'string');
      const [end] = all.filter((outcome) => typeof outcome === 'string');
      if (end !== undefined) return [name, '–', '–', end, '–', '–', '–'];
      const middle = (pick: (outcome: Outcome) => number): number => median(outcomes.map(pick));
      return [
        name,
        String(middle(({ served }) => served)),
        String(middle(({ failed }) => failed)),
        shownRecovery(middle(({ recovery }) => recovery)),
        `${Math.round(middle(({ longest }) => longest))} ms`,
        middle(({ cpu }) => cpu).toFixed(1),
        String(Math.round(middle(({ resident }) => resident) / 2 ** 20)),
      ];
    }),
  };
}

/** `bench overload`. */
export async function overloadCommand(settings: Settings): Promise<void> {
  const wanted = chosen(overloaded, settings.only, 'client');
  const chosenScenarios = chosen(scenarios, settings.workloads, 'workload');
  const entrants = findProgram('redis-server') === undefined ? wanted.filter((one) => !isOnRedis(one)) : wanted;
  const runs = await runAll(entrants, chosenScenarios, settings.rounds);
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n${settings.rounds} rounds; medians\n`);
  const format = settings.markdown ? formatMarkdown : formatTable;
  for (const scenario of chosenScenarios) console.log(format(tableOf(scenario, runs)));
  if (entrants.length < wanted.length) console.log('skipped: ioredis (there is no redis-server)');
  if (settings.json !== undefined)
    writeFileSync(settings.json, `${JSON.stringify({ machine, settings, runs }, null, 1)}\n`);
}
