/** What users set of a client, and its defaults. */
import { fleetDefaults, type FleetSettings } from '../fleet/options.ts';
import type { Transcoder } from './transcoder.ts';

/** Options of `createClient`. */
export interface ClientOptions<T = unknown> extends FleetSettings {
  /**
   * `'miss'`: a failure of a node (`isNodeFailure`: no connection, a timeout, an ejected node, a closed pool,
   * `SERVER_ERROR`)
   * looks like a miss. All other errors still reject. @default 'throw'
   */
  readonly errors?: 'throw' | 'miss' | undefined;
  /**
   * The largest value in bytes. A larger one fails with ValueTooLargeError before anything is sent. memcached's `-I`.
   * @default 1048576; of a Couchbase bucket 20971520
   */
  readonly maxItemSize?: number | undefined;
  /** Converts values to bytes and back. @default transcoders.auto; of a Couchbase bucket transcoders.couchbase */
  readonly transcoder?: Transcoder<T> | undefined;
  /** The time to live of values, in seconds, where the call does not set one; 0 = no expiry. @default 0 */
  readonly ttl?: number | undefined;
  /** Prepended to every key. @default '' */
  readonly prefix?: string | undefined;
}

/** The defaults of `ClientOptions`. */
export const clientDefaults: typeof fleetDefaults & {
  readonly errors: 'throw';
  readonly maxItemSize: number;
  readonly ttl: number;
  readonly prefix: string;
} = Object.freeze({
  ...fleetDefaults,
  errors: 'throw',
  maxItemSize: 1024 * 1024,
  ttl: 0,
  prefix: '',
});
