/**
 * The configuration documents of a cluster, as JSON (docs/protocols.md#configuration-documents). Server n of a map is
 * entry n of `nodesExt`, of `nodes` and of `serverList`.
 */
import type { Bucket } from './bucket.ts';
import { hexId } from './manifest.ts';
import { nobody, type Row } from './plan-map.ts';

/** A node as documents describe it. */
export interface DocumentNode {
  readonly id: number;
  /** `$HOST` when it listens on all addresses. */
  readonly host: string;
  readonly port: number;
  readonly restPort: number;
  readonly restTlsPort: number | undefined;
  readonly tlsPort: number | undefined;
  readonly uuid: string;
  readonly group: string | undefined;
  readonly isUp: boolean;
}

/** A snapshot of the cluster. */
export interface ClusterView {
  /** The nodes of the map, in its order. */
  readonly nodes: readonly DocumentNode[];
  readonly rev: number;
  readonly isModern: boolean;
  readonly hasCollections: boolean;
  readonly isRebalancing: boolean;
}

/** A JSON object. */
export type Document = Readonly<Record<string, unknown>>;

/** The higher-order part of all revisions. */
export const revEpoch = 1;

/**
 * The document of GET_CLUSTER_CONFIG, NOT_MY_VBUCKET, pushes and the terse REST paths. `thisNode`: the id of the node
 * that sends it.
 */
export function bucketDocument(view: ClusterView, bucket: Bucket, thisNode: number): Document {
  if (!view.isModern) return oldBucketDocument(view, bucket, thisNode);
  const name = encodeURIComponent(bucket.name);
  return {
    rev: view.rev,
    revEpoch,
    name: bucket.name,
    nodeLocator: locatorOf(bucket),
    bucketType: bucket.isMapped ? 'couchbase' : 'memcached',
    uuid: bucket.uuid,
    uri: `/pools/default/buckets/${name}?bucket_uuid=${bucket.uuid}`,
    streamingUri: `/pools/default/bucketsStreaming/${name}?bucket_uuid=${bucket.uuid}`,
    bucketCapabilitiesVer: '',
    bucketCapabilities: bucket.isMapped ? capabilitiesOf(view) : ['cbhello', 'nodesExt'],
    ...(bucket.isMapped && view.hasCollections ? { collectionsManifestUid: hexId(bucket.manifest.uid) } : {}),
    nodes: view.nodes.map((node) => ({
      couchApiBase: `http://${node.host}:${node.restPort}/${name}`,
      hostname: `${node.host}:${node.restPort}`,
      ports: { direct: node.port },
    })),
    nodesExt: view.nodes.map((node) => extended(node, thisNode)),
    ...mapIn(view, bucket),
    clusterCapabilitiesVer: [1, 0],
    clusterCapabilities: {},
  };
}

function capabilitiesOf(view: ClusterView): readonly string[] {
  return [
    ...(view.hasCollections ? ['collections'] : []),
    'durableWrite',
    'cbhello',
    'touch',
    'cccp',
    'nodesExt',
    'xattr',
    'subdoc.ReplicaRead',
  ];
}

/** The document of the cluster without a bucket: `nodeServices`, GET_CLUSTER_CONFIG before SELECT_BUCKET. */
export function clusterDocument(view: ClusterView, thisNode: number): Document {
  return {
    rev: view.rev,
    revEpoch,
    nodesExt: view.nodes.map((node) => extended(node, thisNode)),
    clusterCapabilitiesVer: [1, 0],
    clusterCapabilities: {},
  };
}

/** The document of `buckets/NAME`: for people and old clients. In the era of Membase the only one there is. */
export function verboseBucketDocument(view: ClusterView, bucket: Bucket, thisNode: number): Document {
  const old = oldBucketDocument(view, bucket, thisNode);
  if (!view.isModern) return old;
  return { ...bucketDocument(view, bucket, thisNode), ...administrationOf(bucket), nodes: old['nodes'] };
}

/** What administrators set. The official SDK ends its process where `quota` is missing. */
function administrationOf(bucket: Bucket): Document {
  const path = `/pools/default/buckets/${encodeURIComponent(bucket.name)}`;
  return {
    bucketType: bucket.isMapped ? 'membase' : 'memcached',
    authType: 'sasl',
    replicaNumber: bucket.isMapped ? bucket.options.replicas : 0,
    replicaIndex: false,
    threadsNumber: 3,
    quota: { ram: quota, rawRAM: quota },
    basicStats: {
      quotaPercentUsed: 0,
      opsPerSec: 0,
      diskFetches: 0,
      itemCount: 0,
      diskUsed: 0,
      dataUsed: 0,
      memUsed: 0,
    },
    evictionPolicy: 'valueOnly',
    storageBackend: 'couchstore',
    durabilityMinLevel: 'none',
    conflictResolutionType: 'seqno',
    compressionMode: 'off',
    maxTTL: 0,
    flushCacheOnly: false,
    controllers: {
      compactAll: `${path}/controller/compactBucket`,
      purgeDeletes: `${path}/controller/unsafePurgeBucket`,
    },
    stats: { uri: `${path}/stats` },
  };
}

/** Bytes that a bucket may use, as documents say it; this cluster has no such bound. */
const quota = 256 * 1024 * 1024;

/** `/pools`. */
export function poolsDocument(view: ClusterView, isAdmin: boolean): Document {
  return {
    isAdminCreds: isAdmin,
    pools: [{ name: 'default', uri: '/pools/default', streamingUri: '/poolsStreaming/default' }],
    implementationVersion: versionOf(view),
    componentsVersion: { memfleet: versionOf(view) },
  };
}

/** `/pools/default`. */
export function poolDocument(view: ClusterView, buckets: readonly Bucket[], thisNode: number): Document {
  return {
    name: 'default',
    buckets: { uri: '/pools/default/buckets' },
    bucketNames: buckets.map((bucket) => ({ bucketName: bucket.name, uuid: bucket.uuid })),
    nodes: view.nodes.map((node) => listed(view, node, thisNode)),
    nodeServices: { uri: '/pools/default/nodeServices' },
    rebalanceStatus: view.isRebalancing ? 'running' : 'none',
    balanced: !view.isRebalancing,
  };
}

function versionOf(view: ClusterView): string {
  return view.isModern ? '7.6.0-simulated' : '1.7.2-simulated';
}

function locatorOf(bucket: Bucket): string {
  return bucket.isMapped ? 'vbucket' : 'ketama';
}

function extended(node: DocumentNode, thisNode: number): Document {
  const services = {
    mgmt: node.restPort,
    kv: node.port,
    ...(node.tlsPort === undefined ? {} : { kvSSL: node.tlsPort, mgmtSSL: node.restTlsPort }),
  };
  return {
    services,
    nodeUUID: node.uuid,
    ...(node.group === undefined ? {} : { serverGroup: node.group }),
    ...(node.host === '$HOST' ? {} : { hostname: node.host.replace(/^\[|\]$/g, '') }),
    ...(node.id === thisNode ? { thisNode: true } : {}),
  };
}

function listed(view: ClusterView, node: DocumentNode, thisNode: number): Document {
  return {
    hostname: `${node.host}:${node.restPort}`,
    status: node.isUp ? 'healthy' : 'unhealthy',
    clusterMembership: 'active',
    version: versionOf(view),
    os: 'memfleet',
    ...(view.isModern ? { services: ['kv'], nodeUUID: node.uuid, otpNode: `ns_1@${node.host}` } : {}),
    ports: { direct: node.port, ...(node.tlsPort === undefined ? {} : { sslDirect: node.tlsPort }) },
    ...(node.id === thisNode ? { thisNode: true } : {}),
  };
}

function oldBucketDocument(view: ClusterView, bucket: Bucket, thisNode: number): Document {
  const { name, options } = bucket;
  const path = encodeURIComponent(name);
  return {
    name,
    bucketType: bucket.isMapped ? 'membase' : 'memcached',
    authType: 'sasl',
    saslPassword: options.password ?? '',
    uri: `/pools/default/buckets/${path}`,
    streamingUri: `/pools/default/bucketsStreaming/${path}`,
    nodes: view.nodes.map((node) => listed(view, node, thisNode)),
    nodeLocator: locatorOf(bucket),
    ...mapIn(view, bucket),
  };
}

function mapIn(view: ClusterView, bucket: Bucket): Document {
  if (!bucket.isMapped) return {};
  const indexes = new Map(view.nodes.map((node, index) => [node.id, index]));
  const rowsOf = (rows: readonly Row[]): number[][] =>
    rows.map((row) => row.map((node) => indexes.get(node) ?? nobody));
  return {
    vBucketServerMap: {
      hashAlgorithm: 'CRC',
      numReplicas: bucket.options.replicas,
      serverList: view.nodes.map((node) => `${node.host}:${node.port}`),
      vBucketMap: rowsOf(bucket.rows),
      ...(bucket.forward === undefined ? {} : { vBucketMapForward: rowsOf(bucket.forward) }),
    },
  };
}
