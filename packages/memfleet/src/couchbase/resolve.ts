/** Turns the options of a bucket into the parts of a cluster: the source of its map, the router, the login. */
import { randomBytesOf, systemRandom } from '../base/chance.ts';
import { systemClock } from '../base/clock.ts';
import { pollTimeout } from '../cluster/discovery/polling-source.ts';
import type { Credentials } from '../connection/credentials.ts';
import type { ValuePacker } from '../connection/value-packer.ts';
import { defined } from '../core/option-checks.ts';
import type { Durability } from '../core/write-terms.ts';
import { type ErrorMap, isTemporary } from '../protocol/binary/error-map.ts';
import { feature } from '../protocol/binary/hello.ts';
import type { CouchbaseLogin } from './bootstrap.ts';
import { maxDocument } from './bucket-document.ts';
import type { CheckedBucket } from './check-options.ts';
import { Collections } from './collections.ts';
import { compressionDefaults, type CompressionOptions } from './compression-options.ts';
import { SnappyValues } from './compression.ts';
import { ConfigKeeper } from './config-keeper.ts';
import { ConfigPoller } from './config-poller.ts';
import { saslMechanisms } from './sasl-mechanisms.ts';
import { srvSeeds } from './srv-seeds.ts';
import { VbucketRouter } from './vbucket-router.ts';

/** A bucket, ready to be used by one cluster. */
export interface CouchbaseBucket {
  readonly source: ConfigPoller;
  readonly router: VbucketRouter;
  readonly collections: Collections;
  readonly login: CouchbaseLogin;
  /** That of writes that name none. */
  readonly durability: Durability;
  /** Whether the status means "try again later", by the known statuses or by the nodes' own error map. */
  readonly isTemporary: (code: number) => boolean;
}

/** Makes the parts; begins nothing. */
export function resolveCouchbase(checked: CheckedBucket): CouchbaseBucket {
  const { context, document, hasCertificate, options, seeds, srvName, urls } = checked;
  const { tls, keepAliveDelay, clock = systemClock, random = systemRandom, resolver } = context;
  const { bucket, compression, durability, network, pollInterval, hello, unordered } = options;
  const isTls = tls !== undefined;
  const keeper = new ConfigKeeper({ bucket, network, tls: isTls });
  const credentials = (): Credentials | undefined =>
    checked.credentials ?? (hasCertificate ? undefined : bucketCredentials(keeper, bucket));
  const limits = { interval: pollInterval, timeout: pollTimeout, keepAliveDelay, maxDocument };
  const world = { clock, random, network: context.network };
  const source = new ConfigPoller({
    clock,
    random,
    keeper,
    document,
    seeds,
    findSeeds: srvName === undefined ? undefined : srvSeeds(srvName, seeds, { tls: isTls, clock, resolver }),
    rest: urls.length === 0 ? undefined : { urls, credentials, tls, ...world, ...limits },
    pollInterval,
  });
  const randomBytes = context.random === undefined ? undefined : randomBytesOf(context.random);
  let errorMap: ErrorMap | undefined;
  const onErrorMap = (map: ErrorMap): void => {
    errorMap = map;
  };
  const onGranted = (node: string, features: readonly number[]): void =>
    source.greeted(node, features.includes(feature.clusterConfigKnownVersion));
  const mechanisms = (): readonly string[] =>
    options.mechanisms ?? mechanismsFor(isTls, keeper.current?.saslPassword === credentials()?.password);
  return {
    source,
    router: new VbucketRouter(source, options.serverGroup),
    login: {
      bucket,
      credentials,
      hasCertificate,
      mechanisms,
      hello,
      unordered,
      randomBytes,
      values: valuesOf(compression),
      onGranted,
      onErrorMap,
    },
    durability,
    collections: new Collections(checked.collections, clock, random),
    isTemporary: (code) => isTemporary(code, errorMap),
  };
}

/**
 * The SASL mechanisms where none are given. `isShown`: a document contains the password. A node that has it learns
 * nothing from PLAIN; an impostor cannot present that document.
 */
function mechanismsFor(isTls: boolean, isShown: boolean): readonly string[] {
  if (isTls) return saslMechanisms.tls;
  return isShown ? saslMechanisms.clear : saslMechanisms.scram;
}

function valuesOf(given: CompressionOptions | false): ValuePacker | undefined {
  return given === false ? undefined : new SnappyValues({ ...compressionDefaults, ...defined(given) });
}

/** Documents of the Membase era contain the bucket's password. */
function bucketCredentials(keeper: ConfigKeeper, bucket: string): Credentials | undefined {
  const password = keeper.current?.saslPassword;
  if (password === undefined || password === '') return undefined;
  return { username: keeper.current?.name ?? bucket, password };
}
