/** What a simulated cluster can be told, the defaults, and the one place that reads it. */
import type { TlsOptions } from 'node:tls';
import { type Clock, systemClock } from '../base/clock.ts';
import { InvalidOptionError } from '../core/errors.ts';
import * as check from '../core/option-checks.ts';
import { type ClusterTraits, type Era, traitsOf } from './traits.ts';

/** A bucket of the cluster. */
export interface BucketOptions {
  /** The name of the bucket. */
  readonly name: string;
  /** `memcached`: no vBuckets and no copies, keys are placed by ketama. @default 'couchbase' */
  readonly type?: 'couchbase' | 'memcached' | undefined;
  /**
   * Era `membase`: the password of the user that has the bucket's name. `default` without one is open to everybody.
   * @default ''
   */
  readonly password?: string | undefined;
  /** Era `couchbase`: the users that may select it. @default all */
  readonly users?: readonly string[] | undefined;
  /** The number of vBuckets. @default that of the cluster */
  readonly vbuckets?: number | undefined;
  /** The number of copies of each vBucket besides the active one. @default that of the cluster */
  readonly replicas?: number | undefined;
}

/** How to make a simulated cluster. */
export interface ClusterOptions {
  /** The number of nodes at the start. @default 3 */
  readonly nodes?: number | undefined;
  /** The number of copies of each vBucket besides the active one, 0 to 3. @default 1 */
  readonly replicas?: number | undefined;
  /** The number of vBuckets of a bucket. Real clusters have a power of two, usually 1024. @default 64 */
  readonly vbuckets?: number | undefined;
  /** Names, or more. @default ['default'] */
  readonly buckets?: readonly (string | BucketOptions)[] | undefined;
  /** Who may come in, with their passwords; the administrator in both eras. @default { Administrator: 'password' } */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** The kind of cluster that is simulated. @default 'couchbase' */
  readonly era?: Era | undefined;
  /** Single traits other than the era's. */
  readonly traits?: Partial<ClusterTraits> | undefined;
  /**
   * Where all nodes listen. Of `0.0.0.0` and `::` documents say `$HOST`: the address through which they were fetched.
   * @default '127.0.0.1'
   */
  readonly host?: string | undefined;
  /** The data port of the first node; the next node has the next port; 0 chooses free ones. @default 0 */
  readonly port?: number | undefined;
  /** The REST port of the first node; the next node has the next port; 0 chooses free ones. @default 0 */
  readonly restPort?: number | undefined;
  /**
   * Each node has a second data port that speaks TLS: options of `tls.createServer`, at least `key` and `cert`.
   * @default none
   */
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds between the steps of a rebalance; 0 = one turn of the event loop. @default 0 */
  readonly moveDelay?: number | undefined;
  /** The largest value of an item in bytes. @default 20971520 */
  readonly maxValue?: number | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
}

/** A bucket's options, completed. */
export interface ResolvedBucketOptions {
  readonly name: string;
  readonly type: 'couchbase' | 'memcached';
  readonly password: string | undefined;
  readonly users: readonly string[] | undefined;
  readonly vbuckets: number;
  readonly replicas: number;
}

/** Options as the cluster uses them. */
export interface ResolvedClusterOptions {
  readonly nodes: number;
  readonly buckets: readonly ResolvedBucketOptions[];
  readonly users: ReadonlyMap<string, string>;
  readonly era: Era;
  readonly traits: ClusterTraits;
  readonly host: string;
  readonly port: number;
  readonly restPort: number;
  readonly tls: TlsOptions | undefined;
  readonly moveDelay: number;
  readonly maxValue: number;
  readonly clock: Clock;
}

/** The defaults of `ClusterOptions`. */
export const clusterDefaults: Readonly<{
  nodes: number;
  replicas: number;
  vbuckets: number;
  buckets: readonly string[];
  users: Readonly<Record<string, string>>;
  era: Era;
  host: string;
  port: number;
  restPort: number;
  moveDelay: number;
  maxValue: number;
  clock: Clock;
}> = Object.freeze({
  nodes: 3,
  replicas: 1,
  vbuckets: 64,
  buckets: Object.freeze(['default']),
  users: Object.freeze({ Administrator: 'password' }),
  era: 'couchbase',
  host: '127.0.0.1',
  port: 0,
  restPort: 0,
  moveDelay: 0,
  maxValue: 20 * 1024 * 1024,
  clock: systemClock,
});

const vbucketCount = check.whole(1, 32_768);
const replicaCount = check.whole(0, 3);

const checks = check.options({
  nodes: check.whole(1, 100),
  replicas: replicaCount,
  vbuckets: vbucketCount,
  buckets: check.object,
  users: check.object,
  era: check.oneOf('membase', 'couchbase'),
  traits: check.options({
    hello: check.boolean,
    clusterConfig: check.boolean,
    mapInRefusals: check.boolean,
    pushes: check.boolean,
    modernDocuments: check.boolean,
    flush: check.boolean,
  }),
  host: check.text,
  port: check.whole(0, 65_535),
  restPort: check.whole(0, 65_535),
  tls: check.object,
  moveDelay: check.ms(0),
  maxValue: check.whole(1, 1024 * 1024 * 1024),
  clock: check.object,
});

const bucketChecks = check.options({
  name: check.text,
  type: check.oneOf('couchbase', 'memcached'),
  password: check.anyText,
  users: check.object,
  vbuckets: vbucketCount,
  replicas: replicaCount,
});

/** Reads options. Throws InvalidOptionError for one that is unknown or does not fit. */
export function resolveClusterOptions(options: ClusterOptions): ResolvedClusterOptions {
  checks(options, '');
  const all = { ...clusterDefaults, ...check.defined(options) };
  const buckets = all.buckets.map((bucket, at) => resolveBucket(bucket, `buckets[${at}]`, all));
  if (buckets.length === 0) throw new InvalidOptionError('option "buckets" is empty: a cluster needs one', 'buckets');
  if (new Set(buckets.map((bucket) => bucket.name)).size < buckets.length)
    throw new InvalidOptionError('option "buckets" has a name twice', 'buckets');
  for (const [user, password] of Object.entries(all.users)) check.text(password, check.memberOf('users', user));
  return {
    ...all,
    buckets,
    users: new Map(Object.entries(all.users)),
    traits: { ...traitsOf(all.era), ...check.defined(options.traits ?? {}) },
    tls: options.tls,
  };
}

function resolveBucket(
  given: string | BucketOptions,
  name: string,
  cluster: { readonly vbuckets: number; readonly replicas: number },
): ResolvedBucketOptions {
  const bucket: BucketOptions = typeof given === 'string' ? { name: given } : given;
  bucketChecks(bucket, name);
  return {
    name: bucket.name,
    type: bucket.type ?? 'couchbase',
    password: bucket.password,
    users: bucket.users,
    vbuckets: bucket.vbuckets ?? cluster.vbuckets,
    replicas: bucket.replicas ?? cluster.replicas,
  };
}
