/** Checks the options of a bucket before anything of it is loaded (resolve.ts). */
import { readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Resolver } from '../cluster/discovery/discovery-source.ts';
import { type ClusterNode, inList, inText, type NodeInput, parseNodes } from '../cluster/node-spec.ts';
import type { Credentials } from '../connection/credentials.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { defined } from '../core/option-checks.ts';
import type { TlsOptions } from '../net/dial.ts';
import type { Network } from '../net/network.ts';
import { parseBucketDocument } from './bucket-document.ts';
import { CollectionNames } from './collection-names.ts';
import { couchbaseDefaults, type CouchbaseOptions } from './options.ts';
import { nameForSrv } from './srv-name.ts';

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

/** Options of a bucket that do not conflict, and what they name. */
export interface CheckedBucket extends Endpoints {
  readonly options: CouchbaseOptions & CouchbaseDefaults;
  readonly context: CouchbaseContext;
  /** The login of the user; undefined = a certificate, or the password of the bucket's document. */
  readonly credentials: Credentials | undefined;
  /** Whether the client presents a certificate, which is then the login. */
  readonly hasCertificate: boolean;
  /** The static map, and the host that `$HOST` stands for in it. */
  readonly document: { readonly text: string; readonly host: string } | undefined;
  readonly collections: CollectionNames;
}

type CouchbaseDefaults = typeof couchbaseDefaults;

/** Throws InvalidOptionError. The options were checked by `couchbaseOptions`. */
export function checkCouchbase(given: CouchbaseOptions, context: CouchbaseContext): CheckedBucket {
  const { tls } = context;
  const options = { ...couchbaseDefaults, ...defined(given) };
  const { bucket } = options;
  const credentials = credentialsOf(given, context.credentials, bucket);
  const hasCertificate = tls?.cert !== undefined || tls?.pfx !== undefined;
  if (credentials !== undefined && hasCertificate) throw twoLogins(given);
  const document = readMap(given, context, bucket);
  const endpoints: Endpoints =
    document === undefined ? resolveEndpoints(given, context, bucket) : { seeds: [], urls: [] };
  const collections = new CollectionNames(given.collection);
  return { ...endpoints, options, context, credentials, hasCertificate, document, collections };
}

/** The error of `setNodes`. */
export function nodesAreGiven(): InvalidOptionError {
  return new InvalidOptionError('the nodes of a Couchbase bucket come from the cluster; they cannot be set', 'nodes');
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

/** Where the configuration comes from. */
interface Endpoints {
  readonly seeds: readonly ClusterNode[];
  readonly urls: readonly URL[];
  /** The name whose SRV records name the seeds. */
  readonly srvName?: string | undefined;
}

function resolveEndpoints(given: CouchbaseOptions, { nodes, tls }: CouchbaseContext, bucket: string): Endpoints {
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
    srvName: bootstrap === 'rest' ? undefined : name,
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
