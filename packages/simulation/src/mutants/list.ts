/** All mistakes, by the scenario whose seeds must find them. */
import { cacheMutants } from './cache.ts';
import { couchbaseMutants } from './couchbase.ts';
import { fleetMutants } from './fleet.ts';
import { loadsMutants } from './loads.ts';
import { migrationMutants } from './migration.ts';
import type { Mutant } from './mutant.ts';
import { proxyMutants } from './proxy.ts';
import { routesMutants } from './routes.ts';
import { sessionsMutants } from './sessions.ts';
import { topologyMutants } from './topology.ts';

export const mutants: Readonly<Record<string, readonly Mutant[]>> = {
  fleet: fleetMutants,
  proxy: proxyMutants,
  couchbase: couchbaseMutants,
  cache: cacheMutants,
  sessions: sessionsMutants,
  routes: routesMutants,
  migration: migrationMutants,
  topology: topologyMutants,
  loads: loadsMutants,
};
