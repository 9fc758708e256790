/** `bench languages`: memfleet against the clients that other languages have, and against the two of Redis. */
import { writeFileSync } from 'node:fs';
import { chosen } from '../chosen.ts';
import { compareClients } from '../client/compare-clients.ts';
import type { Entrant } from '../client/entrant.ts';
import { ioredisEntrants } from '../client/entrants/ioredis.ts';
import { nodeRedis } from '../client/entrants/node-redis.ts';
import { comparisonTables } from '../client/result.ts';
import { judge, verdictTable } from '../client/target.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import type { Settings } from '../settings.ts';
import { formatMarkdown, formatTable } from '../table.ts';
import { type ForeignProgram, foreignPrograms, programOrReason } from './foreign-programs.ts';

/** One at a time, many at once, 100 keys a call: with a Map, and with an array. */
const workloads = ['get100-1', 'get100-256', 'set100-1', 'set100-256', 'getmany100-1', 'getarray100-1'];

/** The program as one of those that the comparison of clients takes; a text: why it is skipped. */
function entrantOf(foreign: ForeignProgram): Entrant | string {
  const { name, alone, together } = foreign;
  const program = programOrReason(foreign);
  if (typeof program === 'string') return program;
  return {
    name,
    role: 'yardstick',
    program,
    takes: ({ operation, inFlight, size }) =>
      size === 100 && (inFlight === 1 ? alone : inFlight === 256 ? together : []).includes(operation),
    open: () => {
      throw new Error(`${name} is a program of its own`);
    },
  };
}

const legend = 'ours / theirs; ratios are median (min–max) of the pairs, above 1 = memfleet is better';

/** `bench languages`. */
export async function languagesCommand(settings: Settings): Promise<void> {
  const others = [...ioredisEntrants, nodeRedis];
  const wanted = chosen([...foreignPrograms, ...others], settings.only, 'client');
  const programs = foreignPrograms.filter((one) => wanted.includes(one)).map(entrantOf);
  const entrants = [
    ...programs.filter((entrant) => typeof entrant !== 'string'),
    ...others.filter((one) => wanted.includes(one)),
  ];
  const wishes = settings.workloads.length === 0 ? workloads : settings.workloads;
  const results = await compareClients({ ...settings, only: [], workloads: wishes }, entrants);
  const skipped = [...programs.filter((entrant) => typeof entrant === 'string'), ...results.skipped];
  const verdicts = judge(results.comparisons);
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n${settings.rounds} rounds of ${settings.measure} ms; ${legend}\n`);
  const format = settings.markdown ? formatMarkdown : formatTable;
  const tables = [...comparisonTables(results.comparisons), ...(verdicts.length === 0 ? [] : [verdictTable(verdicts)])];
  for (const table of tables) console.log(format(table));
  for (const { other, workload, message } of results.failures) console.log(`failed: ${other} ${workload}: ${message}`);
  for (const text of skipped) console.log(`skipped: ${text}`);
  if (settings.json !== undefined) {
    const result = { machine, settings, verdicts, ...results, skipped };
    writeFileSync(settings.json, `${JSON.stringify(result, null, 1)}\n`);
  }
}
