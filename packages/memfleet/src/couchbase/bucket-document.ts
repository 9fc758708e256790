/**
 * Documents that describe a bucket, in every form that libvbucket, Moxi and the modern clients read:
 *
 *   { name, nodeLocator, vBucketServerMap: {…}, nodes, nodesExt, rev … }     REST, data port, NOT_MY_VBUCKET
 *   { hashAlgorithm, numReplicas, serverList, vBucketMap }                   the bare map
 *   { buckets: [ document … ] }   or   [ document … ]                        all buckets at once
 */
import { ConfigError } from '../core/errors.ts';
import type { BucketConfig } from './bucket-config.ts';
import { type NodeContext, readNodes } from './bucket-nodes.ts';
import { arrayIn, isObject, type JsonObject, objectIn, shown, textIn, wholeIn } from './json-fields.ts';
import type { Revision } from './revision.ts';
import { parseVbucketMap } from './vbucket-map.ts';

/** Documents above this length in bytes are refused (libvbucket). */
export const maxDocument: number = 100 * 1024 * 1024;

/** The maximum number of names in a message. */
const mostNamed = 8;

/** The context in which a document is parsed. */
export interface DocumentContext extends NodeContext {
  /** The requested bucket; undefined = the one that the document describes. */
  readonly bucket: string | undefined;
}

/** Parses a document, given as text or JSON value. Throws ConfigError that names the fault. */
export function parseBucketDocument(document: unknown, context: DocumentContext): BucketConfig {
  const found = pickBucket(typeof document === 'string' ? parseJson(document) : document, context.bucket);
  const name = textIn(found, 'name');
  if (context.bucket !== undefined && name !== undefined && name !== context.bucket)
    throw new ConfigError(`the document describes the bucket ${shown(name)}, not ${shown(context.bucket)}`);
  const locator = textIn(found, 'nodeLocator') ?? 'vbucket';
  if (locator !== 'vbucket' && locator !== 'ketama')
    throw new ConfigError(`"nodeLocator" must be "vbucket" or "ketama", not ${shown(locator)}`);
  const inner = objectIn(found, 'vBucketServerMap');
  if (inner === undefined && locator === 'vbucket' && !('vBucketMap' in found)) throw noBucket(found);
  const map = inner ?? found;
  const { nodes, network } = readNodes(found, map, context);
  const allowsShortRows = 'nodesExt' in found;
  return {
    name,
    uuid: textIn(found, 'uuid'),
    revision: revisionOf(found),
    nodes,
    map: locator === 'ketama' ? undefined : parseVbucketMap(map, { servers: nodes.length, allowsShortRows }),
    saslPassword: textIn(found, 'saslPassword'),
    network,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = text.trimStart();
    // An invalid document may contain the bucket's password anywhere.
    const isBroken = /^[{[]/.test(start);
    const what =
      start === '' ? 'it is empty' : isBroken ? 'broken or cut off' : `it begins with ${shown(start.slice(0, 40))}`;
    const guess = start.startsWith('<') ? ' (a page of a proxy?)' : '';
    throw new ConfigError(`not a bucket's document: no JSON, ${what}${guess}`);
  }
}

/** The document with the name out of several; a single document itself. */
function pickBucket(document: unknown, bucket = 'default'): JsonObject {
  const several = Array.isArray(document) ? (document as readonly unknown[]) : undefined;
  const list = several ?? (isObject(document) ? arrayIn(document, 'buckets') : undefined);
  if (list === undefined) {
    if (!isObject(document)) throw new ConfigError(`not a bucket's document: ${shown(document)}`);
    return document;
  }
  const found = list.find((entry) => isObject(entry) && entry['name'] === bucket);
  if (isObject(found)) return found;
  throw new ConfigError(`there is no bucket ${shown(bucket)}; there ${namesText(list)}`);
}

function namesText(list: readonly unknown[]): string {
  if (list.length === 0) return 'are none';
  const names = list.slice(0, mostNamed).map((entry) => shown(isObject(entry) ? entry['name'] : entry));
  const more = list.length > mostNamed ? ` and ${list.length - mostNamed} more` : '';
  return `${list.length === 1 ? 'is' : 'are'} ${names.join(', ')}${more}`;
}

/** A configuration of the cluster without a selected bucket has nodes but no map. */
function noBucket(document: JsonObject): ConfigError {
  const fields = Object.keys(document)
    .slice(0, mostNamed)
    .map((field) => field.slice(0, 60))
    .join(', ');
  const what = 'nodesExt' in document ? 'it describes the cluster, not a bucket' : `its fields are ${fields || 'none'}`;
  return new ConfigError(`not a bucket's document: it has no "vBucketServerMap"; ${what}`);
}

/** Revision 0 counts as no revision (gocbcore). */
function revisionOf(document: JsonObject): Revision | undefined {
  const rev = wholeIn(document, 'rev');
  if (rev === undefined || rev === 0) return undefined;
  return { epoch: wholeIn(document, 'revEpoch') ?? -1, rev };
}
