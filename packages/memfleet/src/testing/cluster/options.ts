/** The options of a simulated cluster, their defaults, and the one place that reads them. */
import type { TlsOptions } from 'node:tls';
import { type RandomBytes, randomBytesOf } from '../../base/chance.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../core/errors.ts';
import { defined, fail, memberOf } from '../../core/option-checks.ts';
import {
  anyText,
  bytes,
  flag,
  func,
  type Kind,
  listOf,
  live,
  milliseconds,
  oneOf,
  table,
  text,
  whole,
} from '../../core/option-kinds.ts';
import { checkOptions, defaultsOf, type OptionTable } from '../../core/option-table.ts';
import type { Network } from '../../net/network.ts';
import { systemNetwork } from '../../session/system-network.ts';
import { type ClusterTraits, type Era, traitsOf } from './traits.ts';
import type { CompressionMode } from './value-types.ts';

/** A bucket of the cluster. */
export interface BucketOptions {
  /** The name of the bucket. */
  readonly name: string;
  /** `memcached`: no vBuckets and no copies, keys are placed by ketama. @default 'couchbase' */
  readonly type?: 'couchbase' | 'memcached' | undefined;
  /**
   * Era `membase`: the password of the user that has the bucket's name. `default` without one needs no login.
   * @default ''
   */
  readonly password?: string | undefined;
  /** Era `couchbase`: the users that may select it. @default all */
  readonly users?: readonly string[] | undefined;
  /** The number of vBuckets. @default that of the cluster */
  readonly vbuckets?: number | undefined;
  /** The number of copies of each vBucket besides the active one. @default that of the cluster */
  readonly replicas?: number | undefined;
  /** What becomes of values that clients compress by Snappy. @default that of the cluster */
  readonly compression?: CompressionMode | undefined;
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
  /** User names with passwords; the administrator exists in both eras. @default { Administrator: 'password' } */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** The kind of cluster that is simulated. @default 'couchbase' */
  readonly era?: Era | undefined;
  /** Traits that differ from those of the era. */
  readonly traits?: Partial<ClusterTraits> | undefined;
  /**
   * The address on which all nodes listen. For `0.0.0.0` and `::` documents contain `$HOST`: the address from which
   * they were fetched.
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
  /**
   * What becomes of values that clients compress by Snappy: `'off'` = stored uncompressed, `'passive'` = stored as they
   * come, `'active'` = the nodes compress all others as well. @default 'passive'
   */
  readonly compression?: CompressionMode | undefined;
  /** Milliseconds between the steps of a rebalance; 0 = one turn of the event loop. @default 0 */
  readonly moveDelay?: number | undefined;
  /**
   * Milliseconds until replicas have a write; a failover within that time loses it. A durable write receives its reply
   * when they have it. @default 0
   */
  readonly replicaLag?: number | undefined;
  /** The largest value of an item in bytes. @default 20971520 */
  readonly maxValue?: number | undefined;
  /**
   * The seed, a whole number from 0 on, of the order in which a node executes the requests of a connection that it
   * received together, where HELLO granted unordered execution. @default the order in which they were received
   */
  readonly shuffle?: number | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
  /** Names of server groups, which the nodes have in turn. @default the documents name none */
  readonly groups?: readonly string[] | undefined;
  /** A source of random numbers from 0 to below 1, for uuids and logins; for tests. @default that of the runtime */
  readonly random?: (() => number) | undefined;
  /** Where the nodes listen; for tests. @default the sockets of this process */
  readonly network?: Network | undefined;
  /** The network of one node (0 is the first), instead of `network`; for tests. */
  readonly networkOf?: ((node: number) => Network) | undefined;
}

/** A bucket's options, completed. */
export interface ResolvedBucketOptions {
  readonly name: string;
  readonly type: 'couchbase' | 'memcached';
  readonly password: string | undefined;
  readonly users: readonly string[] | undefined;
  readonly vbuckets: number;
  readonly replicas: number;
  readonly compression: CompressionMode;
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
  readonly replicaLag: number;
  readonly maxValue: number;
  readonly shuffle: number | undefined;
  readonly groups: readonly string[];
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly networkOf: (node: number) => Network;
}

const compressionMode = oneOf('off', 'passive', 'active');
const vbucketCount = whole(1, 32_768);
const replicaCount = whole(0, 3);
const trait = (about: string): { readonly kind: Kind<boolean>; readonly about: string } => ({ kind: flag, about });

const traits = {
  hello: trait('HELLO, SELECT_BUCKET, GET_ERROR_MAP and SCRAM'),
  clusterConfig: trait('GET_CLUSTER_CONFIG'),
  mapInRefusals: trait('NOT_MY_VBUCKET contains the map'),
  pushes: trait('changed maps are pushed to sessions'),
  modernDocuments: trait('documents have a revision and `nodesExt`'),
  collections: trait('collections are granted, and their ids can be requested'),
  flush: trait('FLUSH empties a bucket'),
} satisfies OptionTable<ClusterTraits>;

const options = {
  nodes: { kind: whole(1, 100), default: 3, about: 'nodes at the start' },
  replicas: { kind: replicaCount, default: 1, about: 'copies of each vBucket besides the active one' },
  vbuckets: {
    kind: vbucketCount,
    default: 64,
    about: 'vBuckets of a bucket; real clusters have a power of two, usually 1024',
  },
  buckets: {
    kind: live<NonNullable<ClusterOptions['buckets']>>(),
    default: Object.freeze(['default']),
    about: "names, or `{ name, type: 'memcached', password, users, vbuckets, replicas }`",
  },
  users: {
    kind: live<Readonly<Record<string, string>>>(),
    default: Object.freeze({ Administrator: 'password' }),
    about: 'user names with passwords; the administrator in both eras',
  },
  era: {
    kind: oneOf('membase', 'couchbase'),
    default: 'couchbase',
    about: 'the kind of cluster: Membase 1.7 of 2011, or Couchbase of today',
  },
  traits: {
    kind: table<Partial<ClusterTraits>>(traits),
    defaultText: 'those of the era',
    about: 'single features of the nodes',
  },
  host: {
    kind: text,
    default: '127.0.0.1',
    about: 'where all nodes listen; for `0.0.0.0` and `::` documents say `$HOST`',
  },
  port: { kind: whole(0, 65_535), default: 0, about: 'the data port of the first node; 0 chooses free ones' },
  restPort: { kind: whole(0, 65_535), default: 0, about: 'the REST port of the first node; 0 chooses free ones' },
  tls: { kind: live<TlsOptions>(), about: 'a second data port for TLS on each node: options of `tls.createServer`' },
  compression: {
    kind: compressionMode,
    default: 'passive',
    about:
      'values that clients compress by Snappy: `off` = stored uncompressed, `passive` = stored as they come, `active` = the nodes compress all others as well',
  },
  moveDelay: {
    kind: milliseconds(0),
    default: 0,
    about: 'time between the steps of a rebalance; 0 = one turn of the event loop',
  },
  replicaLag: { kind: milliseconds(0), default: 0, about: 'time until replicas have a write' },
  maxValue: { kind: bytes(1, 1024 * 1024 * 1024), default: 20 * 1024 * 1024, about: 'the largest value of an item' },
  groups: {
    kind: listOf(text, 'a list of texts', 0),
    default: Object.freeze([]),
    defaultText: '–',
    about: 'names of server groups, which the nodes have in turn',
  },
  shuffle: {
    kind: whole(0),
    defaultText: 'as received',
    about: 'the seed of the order in which a node executes requests where it may choose one',
  },
  clock: { kind: live<Clock>(), default: systemClock, defaultText: '–', about: 'the clock; for tests' },
  random: {
    kind: func<() => number>(),
    about: 'a source of random numbers, 0 ≤ x < 1, for uuids and logins; for tests',
  },
  network: {
    kind: live<Network>(),
    default: systemNetwork,
    defaultText: 'sockets',
    about: 'where the nodes listen; for tests',
  },
  networkOf: {
    kind: func<(node: number) => Network>(),
    about: 'the network of one node (0 is the first), instead of `network`; for tests',
  },
} satisfies OptionTable<ClusterOptions>;

const bucketOptions = {
  name: { kind: text, isRequired: true, about: 'the name of the bucket' },
  type: {
    kind: oneOf('couchbase', 'memcached'),
    default: 'couchbase',
    about: '`memcached`: no vBuckets and no copies',
  },
  password: { kind: anyText, about: 'the password of the bucket' },
  users: { kind: live<readonly string[]>(), about: 'the users that may select it' },
  vbuckets: { kind: vbucketCount, about: 'vBuckets' },
  replicas: { kind: replicaCount, about: 'copies of each vBucket' },
  compression: { kind: compressionMode, about: 'what becomes of values that clients compress' },
} satisfies OptionTable<BucketOptions>;

/** The options of a simulated cluster. */
export const clusterOptions: OptionTable<ClusterOptions> = options;

/** The defaults of `ClusterOptions`. */
export const clusterDefaults: Readonly<{
  nodes: number;
  replicas: number;
  vbuckets: number;
  buckets: NonNullable<ClusterOptions['buckets']>;
  users: Readonly<Record<string, string>>;
  era: Era;
  host: string;
  port: number;
  restPort: number;
  compression: CompressionMode;
  moveDelay: number;
  replicaLag: number;
  maxValue: number;
  groups: readonly string[];
  clock: Clock;
  network: Network;
}> = defaultsOf(options);

/** Reads options. Throws InvalidOptionError for one that is unknown or invalid. */
export function resolveClusterOptions(given: ClusterOptions): ResolvedClusterOptions {
  checkOptions(clusterOptions, given, '');
  const all = { ...clusterDefaults, ...defined(given) };
  const buckets = all.buckets.map((bucket, at) => resolveBucket(bucket, `buckets[${at}]`, all));
  if (buckets.length === 0)
    throw new InvalidOptionError('option "buckets" is empty: a cluster needs at least one', 'buckets');
  if (new Set(buckets.map((bucket) => bucket.name)).size < buckets.length)
    throw new InvalidOptionError('option "buckets" has a name twice', 'buckets');
  for (const [user, password] of Object.entries(all.users))
    if (!text.fits(password)) fail(memberOf('users', user), password, text.wanted);
  return {
    ...all,
    buckets,
    users: new Map(Object.entries(all.users)),
    traits: { ...traitsOf(all.era), ...defined(given.traits ?? {}) },
    tls: given.tls,
    randomBytes: randomBytesOf(given.random),
    networkOf: given.networkOf ?? (() => all.network),
    shuffle: given.shuffle,
  };
}

function resolveBucket(
  given: string | BucketOptions,
  name: string,
  cluster: Pick<ResolvedBucketOptions, 'vbuckets' | 'replicas' | 'compression'>,
): ResolvedBucketOptions {
  const bucket: BucketOptions = typeof given === 'string' ? { name: given } : given;
  checkOptions(bucketOptions, bucket, name);
  return {
    name: bucket.name,
    type: bucket.type ?? bucketOptions.type.default,
    password: bucket.password,
    users: bucket.users,
    vbuckets: bucket.vbuckets ?? cluster.vbuckets,
    replicas: bucket.replicas ?? cluster.replicas,
    compression: bucket.compression ?? cluster.compression,
  };
}
