/**
 * HELLO (opcode 0x1f) of Couchbase nodes: the client names itself in the key (text or JSON
 * `{"a":agent,"i":"client id/connection id"}`) and requests features in the value, a list of 16-bit codes; the node
 * replies with those that it grants. A second HELLO replaces the set. memcached does not know HELLO and loses
 * synchronisation: send it only to nodes that are known to be Couchbase, or on a disposable connection.
 */
import { byteStringOf } from '../../base/bytes.ts';
import { u16Text } from './integers.ts';

/** The features by name (kv_engine `protocol/feature.h`); left out are the codes that are withdrawn. */
export const feature = {
  tls: 0x02,
  tcpNoDelay: 0x03,
  /** Replies to mutations carry vBucket uuid and sequence number as 16 bytes of extras. */
  mutationToken: 0x04,
  tcpDelay: 0x05,
  xattr: 0x06,
  /** Extended errors: the newer status codes instead of the old ones or a closed connection. */
  xerror: 0x07,
  selectBucket: 0x08,
  snappy: 0x0a,
  json: 0x0b,
  /** The server may send requests of its own (magic 0x82). */
  duplex: 0x0c,
  /** Changed cluster maps are pushed; needs `duplex`. */
  clustermapNotification: 0x0d,
  unorderedExecution: 0x0e,
  tracing: 0x0f,
  /** Requests with magic 0x08. */
  alternativeRequest: 0x10,
  synchronousReplication: 0x11,
  /** Keys carry the id of their collection in front. */
  collections: 0x12,
  snappyEverywhere: 0x13,
  preserveExpiry: 0x14,
  virtualXattr: 0x15,
  subdocCreateAsDeleted: 0x17,
  subdocDocumentMacros: 0x18,
  subdocReplaceBodyWithXattr: 0x19,
  reportUnitUsage: 0x1a,
  nonBlockingThrottling: 0x1b,
  subdocReplicaRead: 0x1c,
  /** GET_CLUSTER_CONFIG may name the version that is already known. */
  clusterConfigKnownVersion: 0x1d,
  /** NOT_MY_VBUCKET omits the map when this connection has already received it. */
  dedupeNotMyVbucketMap: 0x1e,
  /** Changed cluster maps are announced without the map; needs `duplex`, wins over `clustermapNotification`. */
  clustermapNotificationBrief: 0x1f,
  subdocSeveralXattrs: 0x20,
  subdocBinaryXattr: 0x21,
  rangeScanXattr: 0x22,
  subdocReplicaReadDeleted: 0x23,
  randomKeyXattr: 0x24,
  mutateWithMeta: 0x25,
  dcpSkipDeletes: 0x26,
} as const;

/** The list of codes as the value of a HELLO, request or reply (byte string). */
export function buildFeatures(codes: readonly number[]): string {
  return codes.map((code) => u16Text(code)).join('');
}

/** The codes in the value of a HELLO; undefined when its length is odd. Codes that are not known are kept. */
export function parseFeatures(value: string | Uint8Array): readonly number[] | undefined {
  const bytes = byteStringOf(value);
  if (bytes.length % 2 !== 0) return undefined;
  return Array.from(
    { length: bytes.length / 2 },
    (_, i) => (bytes.charCodeAt(i * 2) << 8) | bytes.charCodeAt(i * 2 + 1),
  );
}
