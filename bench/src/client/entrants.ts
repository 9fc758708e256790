/** Who takes part, in the order of the tables. A new peer is a file in `entrants/` and a line here. */
import { named } from '../chosen.ts';
import type { Entrant } from './entrant.ts';
import { bare } from './entrants/bare.ts';
import { couchbase } from './entrants/couchbase.ts';
import { ioredisEntrants } from './entrants/ioredis.ts';
import { keyv } from './entrants/keyv.ts';
import { layerEntrants } from './entrants/layers.ts';
import { memcacheClient } from './entrants/memcache-client.ts';
import { memcachePlus } from './entrants/memcache-plus.ts';
import { memcache } from './entrants/memcache.ts';
import { memcached, replacedMemcached } from './entrants/memcached.ts';
import { memfleet, memfleetOnCluster, memfleetVariants } from './entrants/memfleet.ts';
import { memjs, replacedMemjs } from './entrants/memjs.ts';
import { nodeRedis } from './entrants/node-redis.ts';

/** The one that another is compared with. */
export function oursFor(other: Entrant): Entrant {
  if (other.dropin !== undefined) return other.dropin;
  return other.place === 'cluster' ? memfleetOnCluster : memfleet;
}

/** Everybody else. */
export const others: readonly Entrant[] = [
  memjs,
  memcached,
  memcacheClient,
  memcache,
  memcachePlus,
  keyv,
  couchbase,
  ...ioredisEntrants,
  nodeRedis,
  bare,
  ...memfleetVariants,
  replacedMemjs,
  replacedMemcached,
];

const dropins = [...others, ...layerEntrants].flatMap(({ dropin }) => dropin ?? []);

export function entrantNamed(name: string): Entrant {
  return named([memfleet, memfleetOnCluster, ...others, ...layerEntrants, ...dropins], name, 'entrant');
}
