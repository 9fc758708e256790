/**
 * `bench adapters`: what a call of each adapter and drop-in costs beside the call of the client that does the same; and
 * Keyv and unstorage on memfleet beside Keyv on other stores.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chosen } from '../chosen.ts';
import { compareClients } from '../client/compare-clients.ts';
import { layerEntrants } from '../client/entrants/layers.ts';
import { comparisonTables } from '../client/result.ts';
import { startMemcached } from '../daemon.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { MeasuredProcess } from '../measured-process.ts';
import { lostShare, probeTime } from '../noise.ts';
import type { Settings } from '../settings.ts';
import { type Spread, spread } from '../statistics.ts';
import { formatMarkdown, formatNumber, formatTable, type Table } from '../table.ts';
import { type AdapterEntrant, adapterEntrants } from './adapter-entrants.ts';
import type { AdapterAssignment, AdapterMeasurement, AdapterTask } from './adapter-task.ts';

const worker = fileURLToPath(new URL('adapter-worker.js', import.meta.url));
const patience = 30_000;
const wanted = 1.25;
/** Those of the layers that stand on a store. */
const layerWorkloads = ['get100-256', 'getmany100-8'];

/** One adapter: CPU a call in microseconds, and the quotients of the rounds. */
interface Cost {
  readonly name: string;
  readonly what: string;
  readonly plain: string;
  readonly ratio: Spread;
  readonly adapterCpu: number;
  readonly plainCpu: number;
  /** The largest share of the time that the core lost to others. */
  readonly lost: number;
}

async function costOf({ name, what, plain }: AdapterEntrant, address: string, settings: Settings): Promise<Cost> {
  const assignment: AdapterAssignment = { name, address };
  const args = [worker, JSON.stringify(assignment)];
  const measured = await MeasuredProcess.start<AdapterTask, AdapterMeasurement>(name, 'test', args, patience);
  const rounds: { readonly adapter: number; readonly plain: number }[] = [];
  let lost = 0;
  const one = async (side: AdapterTask['side']): Promise<number> =>
    (await measured.measure({ side, ms: settings.measure }, settings.measure)).cpu;
  try {
    // The first round warms up.
    for (let round = 0; round <= settings.rounds; round++) {
      const first = round % 2 === 0 ? 'adapter' : 'plain';
      const second = round % 2 === 0 ? 'plain' : 'adapter';
      const [begun, ended] = [await one(first), await one(second)];
      if (round > 0)
        rounds.push({ adapter: first === 'adapter' ? begun : ended, plain: first === 'plain' ? begun : ended });
      lost = Math.max(lost, await measured.probe(probeTime));
    }
  } finally {
    measured.stop();
  }
  const middle = (side: AdapterTask['side']): number => spread(rounds.map((round) => round[side])).median;
  const ratio = spread(rounds.map((round) => round.adapter / round.plain));
  process.stderr.write(`${name}: ${formatNumber(ratio.median)}\n`);
  return { name, what, plain, ratio, adapterCpu: middle('adapter'), plainCpu: middle('plain'), lost };
}

function costTable(costs: readonly Cost[]): Table {
  return {
    title: `CPU of a call of an adapter, as a multiple of the client's, 256 in flight (wanted: ≤ ${wanted})`,
    columns: ['adapter', 'call', 'beside', 'CPU ratio', 'µs', 'client µs', 'core lost'],
    rows: costs.map(({ name, what, plain, ratio, adapterCpu, plainCpu, lost }) => [
      name,
      what,
      plain,
      `${formatNumber(ratio.median)} (${formatNumber(ratio.min)}–${formatNumber(ratio.max)})`,
      formatNumber(adapterCpu),
      formatNumber(plainCpu),
      `${(lost * 100).toFixed(0)} %`,
    ]),
  };
}

async function measureCosts(entrants: readonly AdapterEntrant[], settings: Settings): Promise<Cost[]> {
  if (entrants.length === 0) return [];
  const node = await startMemcached('rest');
  const costs: Cost[] = [];
  for (const entrant of entrants) costs.push(await costOf(entrant, `127.0.0.1:${node.port}`, settings));
  node.stop();
  return costs;
}

/** `bench adapters`. `--only` takes names of adapters, drop-ins and layers. */
export async function adaptersCommand(settings: Settings): Promise<void> {
  const subjects = chosen([...adapterEntrants, ...layerEntrants], settings.only, 'adapter or layer');
  const layers = layerEntrants.filter((one) => subjects.includes(one));
  const entrants = adapterEntrants.filter((one) => subjects.includes(one));
  const lostHere = lostShare(probeTime);
  const costs = await measureCosts(entrants, settings);
  const workloads = settings.workloads.length === 0 ? layerWorkloads : settings.workloads;
  const results = layers.length === 0 ? undefined : await compareClients({ ...settings, only: [], workloads }, layers);
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n${settings.rounds} rounds of ${settings.measure} ms\n`);
  if (lostHere > 0.1)
    console.log(`this core was busy with other work at the beginning (${(lostHere * 100).toFixed(0)} %)\n`);
  const format = settings.markdown ? formatMarkdown : formatTable;
  if (costs.length > 0) console.log(format(costTable(costs)));
  for (const table of comparisonTables(results?.comparisons ?? [])) console.log(format(table));
  for (const { other, workload, message } of results?.failures ?? [])
    console.log(`failed: ${other} ${workload}: ${message}`);
  for (const name of results?.skipped ?? []) console.log(`skipped: ${name}`);
  if (settings.json !== undefined)
    writeFileSync(settings.json, `${JSON.stringify({ machine, settings, costs, ...results }, null, 1)}\n`);
}
