/** Who is overloaded: memfleet with its default pool and with one connection, and two others. */
import { createClient } from 'memfleet';
import { named } from '../chosen.ts';
import type { Entrant, OpenClient } from '../client/entrant.ts';
import { ioredisEntrants } from '../client/entrants/ioredis.ts';
import { memfleet } from '../client/entrants/memfleet.ts';
import { memjs } from '../client/entrants/memjs.ts';

const oneConnection: Entrant = {
  name: 'memfleet (pool.max 1)',
  role: 'variant',
  takes: () => true,
  open: ({ memcached }): OpenClient => {
    const client = createClient({ nodes: `127.0.0.1:${memcached}`, pool: { max: 1 } });
    return {
      get: (key) => client.get(key),
      set: (key, value) => client.set(key, value),
      close: () => client.close(),
    };
  },
};

export const overloaded: readonly Entrant[] = [memfleet, oneConnection, ioredisEntrants[0] as Entrant, memjs];

export function overloadedNamed(name: string): Entrant {
  return named(overloaded, name, 'entrant');
}
