/** What users set of a client, and its defaults. */
import { fleetDefaults, type FleetSettings } from '../fleet/options.ts';
import type { Transcoder } from './transcoder.ts';

/** Options of `createClient`. Times are in milliseconds, sizes in bytes, unless said otherwise. */
export interface ClientOptions<T = unknown> extends FleetSettings {
  /** `'miss'`: what fails because of a node (`isNodeFailure`: no connection, a timeout, an ejected node, a closed pool, `SERVER_ERROR`) looks like a miss. All else still throws. @default 'throw' */
  readonly errors?: 'throw' | 'miss' | undefined;
  /** The largest value that is sent; larger is a ValueTooLargeError before anything is sent. memcached's `-I`. @default 1048576; of a Couchbase bucket 20971520 */
  readonly maxItemSize?: number | undefined;
  /** Values ⇄ bytes. @default transcoders.auto; of a Couchbase bucket transcoders.couchbase */
  readonly transcoder?: Transcoder<T> | undefined;
  /** Seconds that a value lives when the call does not say; 0 = for ever. @default 0 */
  readonly ttl?: number | undefined;
  /** Put before every key. @default '' */
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
