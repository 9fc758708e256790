/** Fleets of some nodes only, by their own connections: a dump that is given up takes its connection with it. */
import type { ClientOptions } from 'memfleet';
import { Fleet } from '../../fleet/fleet.ts';

/** The same fleet with one connection to each node, and keys as they are on the nodes. */
export function plainOptions(options: ClientOptions<never>): ClientOptions<never> {
  return { ...options, prefix: '', pool: { ...options.pool, min: 0, max: 1 } };
}

/** A fleet of these nodes. It must be closed. */
export function fleetOf(options: ClientOptions<never>, nodes: readonly string[]): Fleet {
  const { couchbase: _, ...rest } = plainOptions(options);
  return new Fleet({ ...rest, nodes: [...nodes] }, true);
}
