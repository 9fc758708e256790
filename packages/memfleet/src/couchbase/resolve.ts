/** Turns the options of a bucket into the parts of a cluster: the source of its map, the router, the login. */
import { readFileSync } from 'node:fs';
import { randomBytesOf, systemRandom } from '../base/chance.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Resolver } from '../cluster/discovery/discovery-source.ts';
import { pollTimeout } from '../cluster/discovery/polling-source.ts';
import { inList, inText, type NodeInput, parseNodes } from '../cluster/node-spec.ts';
import type { Credentials } from '../connection/protocol-probe.ts';
import type { ValuePacker } from '../connection/value-packer.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { defined } from '../core/option-checks.ts';
import type { Durability } from '../core/write-terms.ts';
import type { TlsOptions } from '../net/dial.ts';
import type { Network } from '../net/network.ts';
import { type ErrorMap, isTemporary } from '../protocol/binary/error-map.ts';
import { feature } from '../protocol/binary/hello.ts';
import { type CouchbaseLogin, saslMechanisms } from './bootstrap.ts';
import { maxDocument, parseBucketDocument } from './bucket-document.ts';
import { Collections } from './collections.ts';
import { compressionDefaults, type CompressionOptions } from './compression-options.ts';
import { SnappyValues } from './compression.ts';
import { ConfigKeeper } from './config-keeper.ts';
import { ConfigPoller } from './config-poller.ts';
import { couchbaseDefaults, type CouchbaseOptions } from './options.ts';
import { nameForSrv, srvSeeds } from './srv-seeds.ts';
import { VbucketRouter } from './vbucket-router.ts';

/** The context of the bucket's options. */
export interface CouchbaseContext {
  /** The user's nodes: hosts with the data port, or without a port. */
  readonly nodes: string | readonly NodeInput[] | undefined;
  readonly credentials: Credentials | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly keepAliveDelay: number;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  /** @default the system's */
  readonly resolver?: Resolver | undefined;
  /** @default the sockets of this process */
  readonly network?: Network | undefined;
}

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

/** Throws InvalidOptionError. The options were checked by `couchbaseOptions`. */
export function resolveCouchbase(given: CouchbaseOptions, context: CouchbaseContext): CouchbaseBucket {
  const { tls, keepAliveDelay, clock = systemClock, random = systemRandom } = context;
  const { bucket, compression, durability, network, pollInterval, hello, unordered } = {
    ...couchbaseDefaults,
    ...defined(given),
  };
  const isTls = tls !== undefined;
  const keeper = new ConfigKeeper({ bucket, network, tls: isTls });
  const own = credentialsOf(given, context.credentials, bucket);
  const hasCertificate = tls?.cert !== undefined || tls?.pfx !== undefined;
  if (own !== undefined && hasCertificate) throw twoLogins(given);
  const credentials = (): Credentials | undefined =>
    own ?? (hasCertificate ? undefined : bucketCredentials(keeper, bucket));
  const document = readMap(given, context, bucket);
  const { seeds, urls, findSeeds }: Endpoints =
    document === undefined ? resolveEndpoints(given, { ...context, clock }, bucket) : { seeds: [], urls: [] };
  const limits = { interval: pollInterval, timeout: pollTimeout, keepAliveDelay, maxDocument };
  const world = { clock, random, network: context.network };
  const source = new ConfigPoller({
    clock,
    random,
    keeper,
    document,
    seeds,
    findSeeds,
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
    given.mechanisms ?? mechanismsFor(isTls, keeper.current?.saslPassword === credentials()?.password);
  return {
    source,
    router: new VbucketRouter(source, given.serverGroup),
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
    collections: new Collections(clock, random, given.collection),
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

function credentialsOf(
  { username, password }: CouchbaseOptions,
  outer: Credentials | undefined,
  bucket: string,
): Credentials | undefined {
  if (outer !== undefined && (username !== undefined || password !== undefined))
    throw new InvalidOptionError(
      'the username and password are set twice: beside "couchbase" and in it',
      `couchbase.${username === undefined ? 'password' : 'username'}`,
    );
  if (outer !== undefined) return outer;
  if (password === undefined) {
    if (username === undefined) return undefined;
    throw new InvalidOptionError('option "couchbase.username" needs "couchbase.password"', 'couchbase.username');
  }
  return { username: username ?? bucket, password };
}

function twoLogins({ password }: CouchbaseOptions): InvalidOptionError {
  return new InvalidOptionError(
    'two logins: the certificate in "tls" is the login of its user, so there is no username and password with it',
    password === undefined ? 'password' : 'couchbase.password',
  );
}

/** Documents of the Membase era contain the bucket's password. */
function bucketCredentials(keeper: ConfigKeeper, bucket: string): Credentials | undefined {
  const password = keeper.current?.saslPassword;
  if (password === undefined || password === '') return undefined;
  return { username: keeper.current?.name ?? bucket, password };
}

/** The static map, parsed once so that its faults are reported before anything is opened. */
function readMap(
  { map, network = couchbaseDefaults.network }: CouchbaseOptions,
  { tls }: CouchbaseContext,
  bucket: string,
): { text: string; host: string } | undefined {
  if (map === undefined) return undefined;
  const host = 'localhost';
  const text = typeof map !== 'string' ? jsonOf(map) : map.trimStart().startsWith('{') ? map : readFile(map);
  try {
    parseBucketDocument(text, { bucket, host, tls: tls !== undefined, network });
  } catch (error) {
    throw new InvalidOptionError(`option "couchbase.map": ${(error as Error).message}`, 'couchbase.map', {
      cause: error,
    });
  }
  return { text, host };
}

function jsonOf(map: object): string {
  try {
    return JSON.stringify(map);
  } catch (error) {
    throw new InvalidOptionError(
      `option "couchbase.map": cannot be written as JSON (${(error as Error).message})`,
      'couchbase.map',
      {
        cause: error,
      },
    );
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidOptionError(
      `option "couchbase.map": cannot read the file (${(error as Error).message})`,
      'couchbase.map',
      {
        cause: error,
      },
    );
  }
}

interface Endpoints {
  readonly seeds: ReturnType<typeof parseNodes>;
  readonly urls: readonly URL[];
  readonly findSeeds?: ReturnType<typeof srvSeeds> | undefined;
}

function resolveEndpoints(
  given: CouchbaseOptions,
  context: CouchbaseContext & { readonly clock: Clock },
  bucket: string,
): Endpoints {
  const { clock, nodes, resolver, tls } = context;
  const isTls = tls !== undefined;
  const { dataPort, dataPortTls, restPort, restPortTls, host } = couchbaseDefaults;
  const bootstrap = given.bootstrap ?? (given.urls !== undefined && nodes === undefined ? 'rest' : 'auto');
  const list = typeof nodes === 'string' ? nodes.split(/[,\s;]+/).filter((part) => part !== '') : (nodes ?? [host]);
  if (list.length === 0) throw new InvalidOptionError('option "nodes" is an empty list', 'nodes');
  const seeds = parseNodes(list, isTls ? dataPortTls : dataPort, typeof nodes === 'string' ? inText : inList);
  if (seeds.some((seed) => 'path' in seed.address))
    throw new InvalidOptionError('option "nodes": the nodes of a Couchbase cluster have no socket paths', 'nodes');
  const scheme = isTls ? 'https' : 'http';
  const restHosts = new Set(seeds.map(({ host: name }) => (name.includes(':') ? `[${name}]` : name)));
  const texts =
    typeof given.urls === 'string'
      ? given.urls.split(/[,|\s]+/)
      : (given.urls ?? [...restHosts].map((name) => `${scheme}://${name}:${isTls ? restPortTls : restPort}`));
  const name = given.srv === false ? undefined : nameForSrv(list);
  if (given.srv === true && name === undefined)
    throw new InvalidOptionError('option "couchbase.srv" needs one node: a host name without a port', 'couchbase.srv');
  return {
    findSeeds:
      name === undefined || bootstrap === 'rest' ? undefined : srvSeeds(name, seeds, { tls: isTls, clock, resolver }),
    seeds: bootstrap === 'rest' ? [] : seeds,
    urls: bootstrap === 'data' ? [] : texts.filter((text) => text !== '').flatMap((text) => expandUrl(text, bucket)),
  };
}

/** A URL without path stands for the streams of the bucket: the terse one, then the one that old clusters support. */
function expandUrl(text: string, bucket: string): URL[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new InvalidOptionError(
      `option "couchbase.urls": ${JSON.stringify(hidePassword(text))} is not an http(s) URL`,
      'couchbase.urls',
    );
  if (!isDecodable(url.username) || !isDecodable(url.password))
    throw new InvalidOptionError(
      'option "couchbase.urls": user or password of a URL is not URL-encoded: a % stands before two hexadecimal digits',
      'couchbase.urls',
    );
  if (url.pathname !== '/' || url.search !== '') return [url];
  const name = encodeURIComponent(bucket);
  return [`/pools/default/bs/${name}`, `/pools/default/bucketsStreaming/${name}`].map((path) => new URL(path, url));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function hidePassword(text: string): string {
  return text.replace(/\/\/[^@/]*@/, '//');
}
