/** What a client and all its prefixed views share. */
import type { Fleet } from '../fleet/assemble.ts';
import type { CallContext } from './call.ts';
import type { ClientListeners } from './events.ts';
import type { Loads } from './get-or-set.ts';

/** What a client and all its prefixed views share. */
export interface ClientCore {
  readonly fleet: Fleet;
  /** The fleet is a Couchbase bucket. */
  readonly hasReplicas: boolean;
  readonly context: CallContext;
  readonly maxItemSize: number;
  /** Seconds. */
  readonly ttl: number;
  readonly listeners: ClientListeners;
  /** Loads of getOrSet in flight. */
  readonly loads: Loads;
}
