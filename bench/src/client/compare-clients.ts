/** `bench client`: memfleet against every other, round by round. */
import { writeFileSync } from 'node:fs';
import { chosen } from '../chosen.ts';
import { type Daemon, startMemcached, startRedis } from '../daemon.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { pinSelf } from '../pinning.ts';
import { findProgram } from '../programs.ts';
import { Progress } from '../progress.ts';
import type { Settings } from '../settings.ts';
import { formatMarkdown, formatNumber, formatTable } from '../table.ts';
import { startCluster } from './cluster-daemon.ts';
import { duel, type DuelSettings, type Pair } from './duel.ts';
import { type Entrant, isFor, isOnRedis, type Ports } from './entrant.ts';
import { others, oursFor } from './entrants.ts';
import { measureMemory, type MemorySample, memoryTable } from './memory.ts';
import { compare, type Comparison, comparisonTables } from './result.ts';
import { judge, verdictTable } from './target.ts';
import { chooseWorkloads, memoryWorkload, type Workload } from './workload.ts';

/** A workload that somebody could not do. */
export interface Failure {
  readonly other: string;
  readonly workload: string;
  readonly message: string;
}

export interface ClientResults {
  readonly comparisons: readonly Comparison[];
  readonly pairs: readonly Pair[];
  readonly failures: readonly Failure[];
  /** Others that are not installed, with what they need. */
  readonly skipped: readonly string[];
}

/** Is the package there? */
async function isInstalled(entrant: Entrant): Promise<boolean> {
  if (entrant.module === undefined) return true;
  try {
    await import(entrant.module);
    return true;
  } catch {
    return false;
  }
}

/** Those to compare with at these workloads, and why the rest is not. */
async function chooseOthers(
  only: readonly string[],
  workloads: readonly Workload[],
  all: readonly Entrant[],
): Promise<{ entrants: Entrant[]; skipped: string[] }> {
  const entrants: Entrant[] = [];
  const skipped: string[] = [];
  const wanted = chosen(all, only, 'client');
  for (const entrant of wanted.filter((other) => workloads.some((workload) => isFor(other, workload)))) {
    if (!(await isInstalled(entrant))) skipped.push(`${entrant.name} (npm package ${entrant.module} is not installed)`);
    else if (isOnRedis(entrant) && findProgram('redis-server') === undefined) {
      skipped.push(`${entrant.name} (there is no redis-server)`);
    } else entrants.push(entrant);
  }
  return { entrants, skipped };
}

async function startServers(entrants: readonly Entrant[]): Promise<{ ports: Ports; daemons: Daemon[] }> {
  const isAlone = entrants.every((entrant) => entrant.place === 'cluster');
  const daemons = await Promise.all(Array.from({ length: isAlone ? 0 : 4 }, () => startMemcached('rest')));
  const [one, ...ring] = daemons;
  const redis = entrants.some(isOnRedis) ? await startRedis('rest') : undefined;
  if (redis !== undefined) daemons.push(redis);
  const cluster = entrants.some((entrant) => entrant.place === 'cluster') ? await startCluster('rest') : undefined;
  if (cluster !== undefined) daemons.push(cluster);
  const ports = {
    memcached: one?.port ?? 0,
    ring: ring.map((node) => node.port),
    redis: redis?.port ?? 0,
    cluster: cluster?.address,
  };
  return { ports, daemons };
}

/** Runs all rounds against `all`, or those that the settings name. Progress goes to stderr. */
export async function compareClients(settings: Settings, all: readonly Entrant[] = others): Promise<ClientResults> {
  const workloads = chooseWorkloads(settings.workloads);
  const { entrants, skipped } = await chooseOthers(settings.only, workloads, all);
  pinSelf('rest');
  const { ports, daemons } = await startServers(entrants);
  const times = { warmUp: settings.warmUp, measure: settings.measure, serverPids: daemons.map((daemon) => daemon.pid) };
  const pairs: Pair[] = [];
  const failures: Failure[] = [];
  const progress = new Progress(settings.rounds * entrants.length);
  for (let round = 0; round < settings.rounds; round++) {
    for (let i = 0; i < entrants.length; i++) {
      const other = entrants[(i + round) % entrants.length] as Entrant;
      const theirs = workloads.filter((workload) => isFor(other, workload));
      const before = pairs.length;
      await runDuel(other, theirs, { ports, times, round }, pairs, failures);
      progress.step(`round ${round + 1} ${other.name}: ${pairs.slice(before).map(shortly).join(', ')}`);
    }
  }
  for (const daemon of daemons) daemon.stop();
  return { comparisons: compare(pairs), pairs, failures, skipped };
}

async function runDuel(
  other: Entrant,
  workloads: readonly Workload[],
  settings: DuelSettings,
  pairs: Pair[],
  failures: Failure[],
): Promise<void> {
  const isNew = (workload: Workload): boolean =>
    !failures.some((failure) => failure.other === other.name && failure.workload === workload.name);
  await duel(
    oursFor(other),
    other,
    workloads.filter(isNew),
    settings,
    (pair) => pairs.push(pair),
    (workload, error) => failures.push({ other: other.name, workload: workload.name, message: error.message }),
  );
}

function shortly(pair: Pair): string {
  const cpu = formatNumber(pair.theirs.cpu / pair.ours.cpu);
  return `${pair.workload} ${formatNumber(pair.ours.rate / pair.theirs.rate)}× (CPU ${cpu}×)${pair.isNoisy ? ' noisy' : ''}`;
}

/** Prints the tables of a comparison, and writes it to the file of `--json`. `memory`: samples of that workload. */
export function reportClients(settings: Settings, results: ClientResults, memory?: readonly MemorySample[]): void {
  const machine = describeMachine();
  const verdicts = judge(results.comparisons);
  const tables = [
    ...comparisonTables(results.comparisons),
    ...(memory === undefined || memory.length === 0 ? [] : [memoryTable(memory)]),
    ...(verdicts.length === 0 ? [] : [verdictTable(verdicts)]),
  ];
  console.log(`${formatMachine(machine)}\n${settings.rounds} rounds of ${settings.measure} ms; ${legend}\n`);
  const format = settings.markdown ? formatMarkdown : formatTable;
  for (const table of tables) console.log(format(table));
  for (const { other, workload, message } of results.failures) console.log(`failed: ${other} ${workload}: ${message}`);
  for (const text of results.skipped) console.log(`skipped: ${text}`);
  if (settings.json !== undefined)
    writeFileSync(settings.json, `${JSON.stringify({ machine, settings, verdicts, memory, ...results }, null, 1)}\n`);
}

/** `bench client`. */
export async function clientCommand(settings: Settings): Promise<void> {
  const isMemoryOnly = settings.workloads.length === 1 && settings.workloads[0] === memoryWorkload;
  const names = settings.workloads.filter((name) => name !== memoryWorkload);
  const results = isMemoryOnly ? nothing : await compareClients({ ...settings, workloads: names });
  const memory = settings.workloads.includes(memoryWorkload) ? await measureMemory() : [];
  reportClients(settings, results, memory);
}

const nothing: ClientResults = { comparisons: [], pairs: [], failures: [], skipped: [] };
const legend = 'ours / theirs; ratios are median (min–max) of the pairs, above 1 = memfleet is better';
