/** `bench languages`: memfleet against the clients that other languages have, and against the two of Redis. */
import { chosen } from '../chosen.ts';
import { compareClients, reportClients } from '../client/compare-clients.ts';
import type { Entrant } from '../client/entrant.ts';
import { ioredisEntrants } from '../client/entrants/ioredis.ts';
import { nodeRedis } from '../client/entrants/node-redis.ts';
import type { Settings } from '../settings.ts';
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
  reportClients(settings, { ...results, skipped });
}
