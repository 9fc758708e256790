/**
 * The REST paths from which clients read their map, as a table. Every path is a document; some continue as a stream of
 * documents.
 */
import type { Bucket } from './bucket.ts';
import type { ClusterState } from './cluster-state.ts';
import {
  bucketDocument,
  clusterDocument,
  type Document,
  poolDocument,
  poolsDocument,
  verboseBucketDocument,
} from './documents.ts';

/** The credentials of a request, if any. */
export interface RestUser {
  readonly name: string;
  readonly password: string;
}

/** The response of a path. `make` is called again at every change of a stream. */
export type RestResponse =
  | { readonly kind: 'document' | 'stream'; readonly make: () => unknown }
  | { readonly kind: 'login' | 'missing' };

type Make = (state: ClusterState, node: number, bucket: Bucket) => unknown;

interface Route {
  readonly path: RegExp;
  readonly stream: boolean;
  /** Absent in the Membase era. */
  readonly isModern: boolean;
  readonly make: Make;
}

const terse: Make = (state, node, bucket) => bucketDocument(state.view, bucket, node);
const verbose: Make = (state, node, bucket) => verboseBucketDocument(state.view, bucket, node);

/** Paths of one bucket. */
const bucketRoutes: readonly Route[] = [
  { path: /^\/pools\/default\/b\/([^/]+)$/, stream: false, isModern: true, make: terse },
  { path: /^\/pools\/default\/bs\/([^/]+)$/, stream: true, isModern: true, make: terse },
  { path: /^\/pools\/default\/buckets\/([^/]+)$/, stream: false, isModern: false, make: verbose },
  { path: /^\/pools\/default\/bucketsStreaming\/([^/]+)$/, stream: true, isModern: false, make: verbose },
  { path: /^\/pools\/default\/bucketsStreamingConfig\/([^/]+)$/, stream: true, isModern: false, make: verbose },
];

type MakeAll = (state: ClusterState, node: number) => unknown;

const allBuckets: MakeAll = (state, node) => mapped(state, (bucket) => verboseBucketDocument(state.view, bucket, node));

function mapped(state: ClusterState, make: (bucket: Bucket) => Document): Document[] {
  return [...state.buckets.values()].map(make);
}

/** Paths of the cluster. `isOpen`: without a login. */
const clusterRoutes: readonly {
  readonly path: string;
  readonly stream: boolean;
  readonly isModern: boolean;
  readonly isOpen: boolean;
  readonly make: MakeAll;
}[] = [
  { path: '/pools', stream: false, isModern: false, isOpen: true, make: (state) => poolsDocument(state.view, false) },
  { path: '/pools/default', stream: false, isModern: false, isOpen: false, make: poolOf },
  { path: '/poolsStreaming/default', stream: true, isModern: false, isOpen: false, make: poolOf },
  { path: '/pools/default/buckets', stream: false, isModern: false, isOpen: false, make: allBuckets },
  { path: '/pools/default/saslBucketsStreaming', stream: true, isModern: false, isOpen: false, make: saslBuckets },
  { path: '/pools/default/nodeServices', stream: false, isModern: true, isOpen: false, make: services },
  { path: '/pools/default/nodeServicesStreaming', stream: true, isModern: true, isOpen: false, make: services },
];

function poolOf(state: ClusterState, node: number): Document {
  return poolDocument(state.view, [...state.buckets.values()], node);
}

/** The stream for Moxi: all buckets at once, with their passwords. */
function saslBuckets(state: ClusterState, node: number): Document {
  return { buckets: allBuckets(state, node) };
}

function services(state: ClusterState, node: number): Document {
  return clusterDocument(state.view, node);
}

/** The response to a GET of `path` by `user` at a node. */
export function restResponse(
  state: ClusterState,
  node: number,
  path: string,
  user: RestUser | undefined,
): RestResponse {
  const { modernDocuments: isModern } = state.traits;
  const isKnown = user !== undefined && state.admits(user.name, user.password);
  const route = clusterRoutes.find((entry) => entry.path === path && (isModern || !entry.isModern));
  if (route !== undefined) {
    if (!route.isOpen && !(isKnown && state.options.users.has(user.name)) && isModern) return { kind: 'login' };
    return responseOf(route.stream, () => route.make(state, node));
  }
  for (const { path: pattern, stream, isModern: isNew, make } of bucketRoutes) {
    const name = pattern.exec(path)?.[1];
    if (name === undefined || (isNew && !isModern)) continue;
    const bucket = state.buckets.get(decoded(name));
    if (user !== undefined && !isKnown) return { kind: 'login' };
    if (bucket === undefined) return { kind: user === undefined && isModern ? 'login' : 'missing' };
    if (!state.mayUse(user?.name, bucket)) return { kind: 'login' };
    return responseOf(stream, () => make(state, node, bucket));
  }
  return { kind: 'missing' };
}

function responseOf(stream: boolean, make: () => unknown): RestResponse {
  return { kind: stream ? 'stream' : 'document', make };
}

/** A part of a path without its escapes. */
export function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
