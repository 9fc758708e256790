/**
 * The official Couchbase SDK, call by call, on the simulated cluster: each call has the result that it has on a server,
 * or the error of a server that has no such service. None hangs, and none ends the process.
 */
import { type Cluster, connect } from 'couchbase';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCluster, FakeClock, type SimulatedCluster } from '../../src/testing/index.ts';
import { administrationCalls } from './support/sdk-calls/administration.ts';
import { collectionCalls } from './support/sdk-calls/collections.ts';
import { itemCalls } from './support/sdk-calls/items.ts';
import { lockCalls } from './support/sdk-calls/locks.ts';
import { refusedCalls } from './support/sdk-calls/refused.ts';
import type { SdkCall, SdkPlace } from './support/sdk-calls/sdk-call.ts';
import { subDocumentCalls } from './support/sdk-calls/sub-documents.ts';

const right = [...itemCalls, ...lockCalls, ...subDocumentCalls, ...collectionCalls, ...administrationCalls];

async function dial(cluster: SimulatedCluster): Promise<Cluster> {
  await cluster.listen();
  // Longer than the SDK's own: machines that run tests are busy.
  return connect(cluster.connectionString, { ...cluster.credentials, timeouts: { kvTimeout: 30_000 } });
}

const clock = new FakeClock();
const clusters = [createCluster({ nodes: 3, clock }), createCluster({ nodes: 1, replicas: 1, clock })] as const;
const connections: Cluster[] = [];
let place: SdkPlace;

beforeAll(async () => {
  connections.push(...(await Promise.all(clusters.map(dial))));
  const [bucket, other] = connections.map((sdk) => sdk.bucket('default'));
  place = {
    cluster: clusters[0],
    clock,
    sdk: connections[0]!,
    bucket: bucket!,
    items: bucket!.defaultCollection(),
    alone: other!.defaultCollection(),
  };
});

afterAll(async () => {
  await Promise.all(connections.map((sdk) => sdk.close()));
  await Promise.all(clusters.map((cluster) => cluster.destroy()));
});

const titled = (calls: readonly SdkCall[]): [string, SdkCall][] =>
  calls.map((row) => [`${row.call}: ${row.expected}`, row]);

describe('as on a server', () => {
  test.each(titled(right))('%s', (_, row) => row.run(place), 60_000);
});

describe('refused, as by a server without the service', () => {
  test.each(titled(refusedCalls))('%s', (_, row) => row.run(place), 60_000);
});

test('58 of 65 calls are right, and 7 are refused', () => {
  expect([right.length, refusedCalls.length]).toEqual([58, 7]);
});
