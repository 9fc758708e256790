/**
 * Documents as clusters give them: the shapes of libvbucket's test data, and those that the modern clients were seen to
 * accept.
 */
import type { BucketConfig } from '../../../src/couchbase/bucket-config.ts';
import { parseBucketDocument } from '../../../src/couchbase/bucket-document.ts';
import type { DocumentContext } from '../../../src/couchbase/bucket-document.ts';

type Row = readonly number[];

/** libvbucket's `testapp-config`. */
export const rows: readonly Row[] = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 1, -1],
  [1, 2, 0],
];
export const servers: readonly string[] = ['server1:11211', 'server2:11210', 'server3:11211'];

/** A bare map. */
export function flat(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { hashAlgorithm: 'CRC', numReplicas: 2, serverList: servers, vBucketMap: rows, ...fields };
}

/** A map with its servers in `nodesExt`, as the data port gives it. */
export function modern(
  ports: readonly (number | undefined)[],
  map: readonly Row[],
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    name: 'default',
    nodeLocator: 'vbucket',
    nodesExt: ports.map((kv) => ({ services: kv === undefined ? { mgmt: 8091 } : { kv, mgmt: 8091 } })),
    vBucketServerMap: { hashAlgorithm: 'CRC', numReplicas: (map[0]?.length ?? 1) - 1, vBucketMap: map },
    ...fields,
  };
}

export const context: DocumentContext = { host: '10.1.2.3', tls: false, network: 'auto', bucket: undefined };

/** Reads a document. */
export function read(document: unknown, fields: Partial<DocumentContext> = {}): BucketConfig {
  return parseBucketDocument(document, { ...context, ...fields });
}

/** The addresses of its nodes. */
export function addresses(config: BucketConfig): string[] {
  return config.nodes.map((node) => node.name);
}
