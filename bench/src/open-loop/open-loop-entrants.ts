/** Whose tails are measured. */
import { named } from '../chosen.ts';
import type { Entrant } from '../client/entrant.ts';
import { ioredisEntrants } from '../client/entrants/ioredis.ts';
import { memcached } from '../client/entrants/memcached.ts';
import { memfleet } from '../client/entrants/memfleet.ts';
import { memjs } from '../client/entrants/memjs.ts';
import { nodeRedis } from '../client/entrants/node-redis.ts';
import type { Scenario } from './scenario.ts';

/** In the order of the tables. */
export const openLoopEntrants: readonly Entrant[] = [
  memfleet,
  ioredisEntrants[0] as Entrant,
  nodeRedis,
  memjs,
  memcached,
];

export function openLoopEntrant(name: string): Entrant {
  return named(openLoopEntrants, name, 'entrant');
}

/** memjs has no multi-get. */
export function takesScenario({ name }: Entrant, { beside }: Scenario): boolean {
  return beside !== 'getMany' || name !== memjs.name;
}
