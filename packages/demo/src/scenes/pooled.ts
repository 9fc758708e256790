/** The main job: the shop's traffic over a small pool of persistent connections, while a node dies and comes back. */
import { clientDefaults, createClient, transcoders } from 'memfleet';
import { givenFleet, startFleet } from '../fleet-of-nodes.ts';
import { seededRandom } from '../random.ts';
import { clientSubject, type Scene } from '../scene.ts';
import { ejectGrowth, makeSchedule } from '../schedule.ts';

/** The scene without an option. */
export const pooled: Scene = {
  through: 'client',
  title: 'pooled connections',
  again: 'the same again, from an empty cache, with a socket per call; columns show open sockets',
  timeout: clientDefaults.timeout,
  bound: clientDefaults.pool.max,
  introduction: {},
  openFleet: async ({ nodes, real }, onLost) =>
    nodes === undefined ? startFleet(real === true ? 'memcached' : 'embedded', onLost) : givenFleet(nodes),
  makeSchedule: ({ seconds }, { kind, names }) => makeSchedule(seconds, kind === 'given' ? 0 : names.length),
  openSubject: async ({ fleet, schedule, options }) =>
    clientSubject(
      createClient<Uint8Array>({
        nodes: fleet.names,
        ejectTime: schedule.ejectTime,
        ejectGrowth,
        transcoder: transcoders.bytes,
        random: seededRandom(options.seed),
      }),
    ),
};
