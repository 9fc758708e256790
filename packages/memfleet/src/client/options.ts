/** The options of a client, and their defaults. */
import type { Policy } from '../core/dispatcher.ts';
import { anyText, bytes, flag, live, number, oneOf } from '../core/option-kinds.ts';
import { defaultsOf, type OptionTable } from '../core/option-table.ts';
import { type FleetDefaults, fleetDefaults, fleetOptions, type FleetSettings } from '../fleet/options.ts';
import type { Transcoder } from './transcoder.ts';

/** Options of `createClient`. */
export interface ClientOptions<T = unknown> extends FleetSettings {
  /**
   * `'miss'`: a failure of a node (`isNodeFailure`: no connection, a timeout, an ejected node, a closed pool,
   * `SERVER_ERROR`) returns the result of a miss. All other errors still reject. @default 'throw'
   */
  readonly errors?: 'throw' | 'miss' | undefined;
  /**
   * The largest item in bytes, as memcached's `-I` counts: key, value and a header of 59 to 63 bytes; of a Couchbase
   * bucket, the value alone. A larger one fails with ValueTooLargeError before anything is sent.
   * @default 1048576; of a Couchbase bucket 20971520
   */
  readonly maxItemSize?: number | undefined;
  /** Converts values to bytes and back. @default transcoders.auto; of a Couchbase bucket transcoders.couchbase */
  readonly transcoder?: Transcoder<T> | undefined;
  /** The time to live of values, in seconds, where the call does not set one; 0 = no expiry. @default 0 */
  readonly ttl?: number | undefined;
  /** Prepended to every key. @default '' */
  readonly prefix?: string | undefined;
  /**
   * Ends the stack traces of errors that come from nodes, connections, queues and deadlines with the frames of the
   * caller. That costs every call more
   * than the call itself (docs/performance.md, "stacks"). @default false
   */
  readonly stacks?: boolean | undefined;
  /**
   * Layers of your own (`memfleet/core`, unstable), the outermost first. Each sees every command of the client once:
   * with its deadline, before equal gets are joined, keys are distributed to nodes, and failures are retried. @default
   * []
   */
  readonly policies?: readonly Policy[] | undefined;
}

const isTranscoder = (value: unknown): boolean => {
  const { encode, decode } = (value ?? {}) as { encode?: unknown; decode?: unknown };
  return typeof encode === 'function' && typeof decode === 'function';
};

const isPolicies = (value: unknown): boolean =>
  Array.isArray(value) && value.every((policy) => typeof policy === 'function');

const own = {
  errors: {
    kind: oneOf('throw', 'miss'),
    default: 'throw',
  },
  maxItemSize: {
    kind: bytes(64),
    default: 1024 * 1024,
    defaultText: '1 MiB; of a bucket 20 MiB',
    aka: ['maxValue', 'maxValueSize', 'maxSize', 'itemSizeMax'],
  },
  transcoder: {
    kind: live<Transcoder<never>>('an object with encode and decode', isTranscoder),
    aka: ['serializer', 'serialize', 'deserialize', 'codec', 'encoder', 'compression', 'compress'],
    defaultText: '`transcoders.auto`; of a bucket `transcoders.couchbase`',
  },
  ttl: {
    kind: number(0),
    default: 0,
    aka: ['expires', 'expiry', 'expiration', 'expire', 'lifetime', 'stdTTL', 'defaultTtl', 'maxExpiration', 'EX'],
  },
  prefix: {
    kind: anyText,
    default: '',
    aka: ['keyPrefix', 'namespace'],
  },
  stacks: {
    kind: flag,
    default: false,
  },
  policies: {
    kind: live<readonly Policy[]>('a list of functions', isPolicies),
  },
} satisfies OptionTable<Omit<ClientOptions<never>, keyof FleetSettings>>;

/** The options of a client. */
export const clientOptions: OptionTable<ClientOptions<never>> = { ...fleetOptions, ...own };

/** The defaults of `ClientOptions`. */
export const clientDefaults: FleetDefaults & {
  readonly errors: 'throw';
  readonly maxItemSize: number;
  readonly ttl: number;
  readonly prefix: string;
  readonly stacks: boolean;
} = Object.freeze({ ...fleetDefaults, ...defaultsOf(own) });
