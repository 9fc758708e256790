import type { Clock } from '../base/clock.ts';
/** What a client and all its prefixed views share. */
import type { Fleet } from '../fleet/assemble.ts';
import type { CallContext } from './call.ts';
import type { Listeners } from './events.ts';
import type { Loads } from './get-or-set.ts';
import type { Transcoder } from './transcoder.ts';

/** The state that a client shares with its prefixed views. */
export interface ClientCore<T> {
  readonly fleet: Fleet;
  /** The fleet is a Couchbase bucket. */
  readonly hasReplicas: boolean;
  readonly clock: Clock;
  readonly context: CallContext;
  readonly transcoder: Transcoder<T>;
  readonly maxItemSize: number;
  /** Seconds. */
  readonly ttl: number;
  readonly listeners: Listeners;
  /** Loads of getOrSet in flight. */
  readonly loads: Loads;
}
