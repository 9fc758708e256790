/**
 * Scopes and collections by REST, under `/pools/default/buckets/BUCKET/scopes`:
 *
 *   GET                                        the manifest
 *   POST name                                  makes a scope
 *   DELETE    /SCOPE                           removes a scope
 *   POST name, maxTTL  /SCOPE/collections      makes a collection
 *   PATCH maxTTL, DELETE  /SCOPE/collections/COLLECTION
 *   POST      /@ensureManifest/UID             waits until all nodes have the manifest: at once here
 *
 * A change replies with the uid of the manifest.
 */
import type { Bucket } from './bucket.ts';
import type { ClusterState } from './cluster-state.ts';
import { hexId, type Manifest, manifestDocument, ManifestError } from './manifest.ts';
import { decoded, type RestUser } from './rest-routes.ts';

/** A request to change what the cluster has. */
export interface RestChange {
  readonly method: string;
  readonly path: string;
  /** The fields of the body, a form. */
  readonly fields: URLSearchParams;
  readonly user: RestUser | undefined;
}

/** The status of HTTP, and the body: JSON, or a text. */
export interface RestReply {
  readonly code: number;
  readonly body: object | string;
}

/** Returns the ids of the collections that are gone. */
type Change = (manifest: Manifest, names: readonly string[], fields: URLSearchParams) => readonly number[];

const pattern = /^\/pools\/default\/buckets\/([^/]+)\/scopes(\/.*)?$/;

const changes: readonly { readonly method: string; readonly path: RegExp; readonly change: Change }[] = [
  { method: 'POST', path: /^$/, change: (manifest, _, fields) => manifest.createScope(fields.get('name') ?? '') },
  { method: 'POST', path: /^\/@ensureManifest\/[\da-f]+$/, change: () => [] },
  { method: 'DELETE', path: /^\/([^/]+)$/, change: (manifest, [scope]) => manifest.dropScope(scope!) },
  { method: 'POST', path: /^\/([^/]+)\/collections$/, change: createCollection },
  {
    method: 'PATCH',
    path: /^\/([^/]+)\/collections\/([^/]+)$/,
    change: (manifest, [scope, name], fields) => manifest.setMaxTtl(scope!, name!, ttlOf(fields)),
  },
  {
    method: 'DELETE',
    path: /^\/([^/]+)\/collections\/([^/]+)$/,
    change: (manifest, [scope, name]) => manifest.dropCollection(scope!, name!),
  },
];

function createCollection(manifest: Manifest, [scope]: readonly string[], fields: URLSearchParams): readonly number[] {
  return manifest.createCollection(scope!, fields.get('name') ?? '', ttlOf(fields));
}

function ttlOf(fields: URLSearchParams): number {
  return Number(fields.get('maxTTL') ?? 0);
}

/** Whether a request concerns scopes. */
export function isAboutScopes(path: string): boolean {
  return pattern.test(path);
}

/** The response to a request that concerns scopes. */
export function scopesReply(state: ClusterState, request: RestChange): RestReply {
  const { method, path, fields, user } = request;
  const [, bucketName = '', rest = ''] = pattern.exec(path) ?? [];
  if (user === undefined || !state.admits(user.name, user.password)) return { code: 401, body: '' };
  const bucket = state.buckets.get(decoded(bucketName));
  if (bucket === undefined) return { code: 404, body: 'Requested resource not found.\r\n' };
  if (!state.mayUse(user.name, bucket)) return { code: 401, body: '' };
  if (!state.traits.collections || !bucket.isMapped)
    return refusalOf(new ManifestError(400, 'Not allowed on this version of cluster'));
  if (method === 'GET' && rest === '') return { code: 200, body: manifestDocument(bucket.manifest) };
  for (const entry of changes) {
    const names = entry.method === method ? entry.path.exec(rest) : null;
    if (names !== null)
      return changed(state, bucket, (manifest) => entry.change(manifest, names.slice(1).map(decoded), fields));
  }
  return { code: 404, body: `the simulated cluster does not model ${method} ${path}` };
}

function changed(state: ClusterState, bucket: Bucket, change: (manifest: Manifest) => readonly number[]): RestReply {
  try {
    state.changeManifest(bucket, change);
    return { code: 200, body: { uid: hexId(bucket.manifest.uid) } };
  } catch (error) {
    if (error instanceof ManifestError) return refusalOf(error);
    throw error;
  }
}

function refusalOf({ httpStatus, message }: ManifestError): RestReply {
  return { code: httpStatus, body: { errors: { _: message } } };
}
