/** Fake nodes with one map, and clients of them. */
import { onTestFinished } from 'vitest';
import type { Client, ClientOptions } from '../../../src/client/index.ts';
import { createClient } from '../../../src/client/index.ts';
import { FakeNode, type FakeNodeSettings } from './fake-node.ts';

/** Rows of a map: `[active, replica 1, …]` for each vBucket. */
export type Rows = readonly (readonly number[])[];

/** A cluster of fake nodes, which refuse the keys of vBuckets that the map does not give them. */
export class FakeCluster {
  readonly nodes: FakeNode[];
  rows: Rows;
  rev = 1;
  /** Of these nodes alone the document is given; undefined = of all. */
  listed: number | undefined;
  /** Further fields of the document. */
  fields: Record<string, unknown> = {};

  private constructor(nodes: FakeNode[], rows: Rows) {
    this.nodes = nodes;
    this.rows = rows;
  }

  static async start(count: number, rows: Rows, settings: Partial<FakeNodeSettings> = {}): Promise<FakeCluster> {
    const nodes: FakeNode[] = [];
    const cluster = new FakeCluster(nodes, rows);
    for (let index = 0; index < count; index++) {
      const node = new FakeNode({
        vbuckets: rows.length,
        owns: (vbucket) => {
          const copy = cluster.rows[vbucket]!.indexOf(index);
          return copy < 0 ? undefined : copy;
        },
        config: () => cluster.document(),
        ...settings,
      });
      nodes.push(await node.listen());
    }
    return cluster;
  }

  get addresses(): string[] {
    return this.nodes.map((node) => node.address);
  }

  /** What the nodes say of the cluster. */
  document(rev: number = this.rev, rows: Rows = this.rows): Record<string, unknown> {
    const width = Math.max(...rows.map((row) => row.length));
    return {
      name: 'default',
      rev,
      nodeLocator: 'vbucket',
      nodesExt: this.nodes.slice(0, this.listed).map(({ port }) => ({ services: { kv: port } })),
      vBucketServerMap: { hashAlgorithm: 'CRC', numReplicas: width - 1, vBucketMap: rows },
      ...this.fields,
    };
  }

  /** A new map, known to all nodes at once. */
  move(rows: Rows): void {
    this.rows = rows;
    this.rev++;
  }

  /** A client that asks the first node; it is destroyed when the test ends. */
  client(options: ClientOptions = {}): Client {
    return testClient({ nodes: this.nodes[0]!.address, couchbase: {}, ...options });
  }
}

/** A client that is destroyed when the test ends. */
export function testClient(options: ClientOptions | string): Client {
  const client = createClient(options);
  onTestFinished(() => client.destroy());
  return client;
}

/** Keys by vBucket of 4: each list holds some of one vBucket. */
export const keysOf: readonly (readonly string[])[] = [
  ['hello', 'doctor', 'yesterday', 'key', 'key1'],
  ['tomorrow', 'user:1', 'session:abc', 'airline_10'],
  ['another key', 'default'],
  ['name', 'continue', 'a', 'foo', 'test'],
];
