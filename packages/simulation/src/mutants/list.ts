/** All mistakes, by the scenario whose seeds must find them. */
import { cacheMutants } from './cache.ts';
import { couchbaseMutants } from './couchbase.ts';
import { fleetMutants } from './fleet.ts';
import type { Mutant } from './mutant.ts';
import { proxyMutants } from './proxy.ts';

export const mutants: Readonly<Record<string, readonly Mutant[]>> = {
  fleet: fleetMutants,
  proxy: proxyMutants,
  couchbase: couchbaseMutants,
  cache: cacheMutants,
};
