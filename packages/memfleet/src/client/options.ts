/** What users set, the defaults, and the one place that reads them. */
import type { BackoffOptions } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { FailureMode } from '../cluster/cluster.ts';
import type { NodesFunction } from '../cluster/config-source.ts';
import type { LocatorProfile } from '../cluster/locator/locator.ts';
import type { NodeInput } from '../cluster/node-spec.ts';
import type { TlsOptions } from '../net/dial.ts';
import { type RetryOptions, retryDefaults } from '../policy/retry.ts';
import { type PoolOptions, poolDefaults } from '../pool/options.ts';
import type { Protocol } from '../protocol/codec.ts';
import type { Transcoder } from './transcoder.ts';

/** Options of `createClient`. Times are in milliseconds, sizes in bytes, unless said otherwise. */
export interface ClientOptions<T = unknown> {
  /**
   * The nodes: a text (`'a:11211,b'`), a list of texts or objects, or a function that gives a list. Port 11211 where none is given. @default '127.0.0.1:11211'
   */
  readonly nodes?: string | readonly NodeInput[] | NodesFunction | undefined;
  /**
   * How a key finds its node: `'ketama'` (libmemcached's weighted ketama), `'modulo'`, `'round-robin'` (all nodes equivalent: proxies), any other name of
   * `locatorProfiles`, or a profile of your own. @default 'ketama'
   */
  readonly locator?: string | LocatorProfile | undefined;
  /** Only what stands between these two characters of a key is hashed, e.g. `'{}'`. @default none */
  readonly hashTag?: string | undefined;
  /** What the nodes speak; `'auto'` asks each. @default 'auto' */
  readonly protocol?: Protocol | 'auto' | undefined;
  /** The whole time of a call: waiting, connecting, all tries. @default 1000 */
  readonly timeout?: number | undefined;
  /** From the dial to the first answer of the node, TLS and authentication included. @default 1000 */
  readonly connectTimeout?: number | undefined;
  /** How long a failing node is ejected (blacklisted) at first. @default 4000 */
  readonly ejectTime?: number | undefined;
  /** Failures in a row that eject a node. @default 3 */
  readonly ejectAfter?: number | undefined;
  /** Each ejection in a row is so many times longer. @default 2 */
  readonly ejectGrowth?: number | undefined;
  /** The longest ejection. @default 60000 */
  readonly ejectTimeMax?: number | undefined;
  /** The share of the nodes that may be ejected at once, rounded up; when all are, ejections are ignored. @default 0.5 */
  readonly ejectShare?: number | undefined;
  /**
   * What becomes of an ejected node's keys: `'fail'` (NodeEjectedError), `'miss'`, or `'redistribute'` (the next node of the ring; a node that comes back may
   * then hold older values). Round-robin always goes on to the next node. @default 'fail'
   */
  readonly failure?: FailureMode | undefined;
  /** `'miss'`: what a node's failure makes impossible looks like a miss. Wrong arguments still throw. @default 'throw' */
  readonly errors?: 'throw' | 'miss' | undefined;
  /** The largest value that is sent; larger is a ValueTooLargeError before anything is sent. memcached's `-I`. @default 1048576 */
  readonly maxItemSize?: number | undefined;
  /** The pool of each node. */
  readonly pool?: PoolOptions | undefined;
  /** Repetition of what is safe to repeat; `false` = never. */
  readonly retry?: RetryOptions | false | undefined;
  /** Equal gets that run at the same time are sent once. @default false */
  readonly coalesce?: boolean | undefined;
  /** Values ⇄ bytes. @default transcoders.auto */
  readonly transcoder?: Transcoder<T> | undefined;
  /** Seconds that a value lives when the call does not say; 0 = for ever. @default 0 */
  readonly ttl?: number | undefined;
  /** Put before every key. @default '' */
  readonly prefix?: string | undefined;
  /** Name for SASL PLAIN or the ASCII authentication. Needs `password`. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** TLS to the nodes: true, or options of `tls.connect`. @default false */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Silence after which the kernel probes a connection. @default 30000 */
  readonly keepAliveDelay?: number | undefined;
  /** How often a `nodes` function is asked again; 0 = never. @default 0 */
  readonly refreshInterval?: number | undefined;
  /** Time; for tests. */
  readonly clock?: Clock | undefined;
  /** Chance, 0 ≤ x < 1; for tests. */
  readonly random?: (() => number) | undefined;
}

/** The defaults of `ClientOptions`. */
export const clientDefaults: {
  readonly nodes: string;
  readonly locator: string;
  readonly protocol: 'auto';
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly ejectTime: number;
  readonly ejectAfter: number;
  readonly ejectGrowth: number;
  readonly ejectTimeMax: number;
  readonly ejectShare: number;
  readonly failure: FailureMode;
  readonly errors: 'throw';
  readonly maxItemSize: number;
  readonly coalesce: boolean;
  readonly ttl: number;
  readonly prefix: string;
  readonly keepAliveDelay: number;
  readonly refreshInterval: number;
  readonly pool: typeof poolDefaults;
  readonly retry: typeof retryDefaults;
} = Object.freeze({
  nodes: '127.0.0.1:11211',
  locator: 'ketama',
  protocol: 'auto',
  timeout: 1000,
  connectTimeout: 1000,
  ejectTime: 4000,
  ejectAfter: 3,
  ejectGrowth: 2,
  ejectTimeMax: 60_000,
  ejectShare: 0.5,
  failure: 'fail',
  errors: 'throw',
  maxItemSize: 1024 * 1024,
  coalesce: false,
  ttl: 0,
  prefix: '',
  keepAliveDelay: 30_000,
  refreshInterval: 0,
  pool: poolDefaults,
  retry: retryDefaults,
});

export type { BackoffOptions };
