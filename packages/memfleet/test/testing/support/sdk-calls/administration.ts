/** Calls of the official SDK about nodes and buckets. */
import { EndpointState, PingState } from 'couchbase';
import { expect } from 'vitest';
import type { SdkCall } from './sdk-call.ts';

export const administrationCalls: readonly SdkCall[] = [
  {
    call: 'ping',
    expected: 'every node replies',
    async run({ bucket, cluster }) {
      const { services } = (await bucket.ping()) as unknown as {
        services: { kv: { remote: string; state: PingState }[] };
      };
      expect(new Set(services.kv.map(({ remote }) => remote))).toEqual(new Set(cluster.nodes.map(({ name }) => name)));
      expect(services.kv.every(({ state }) => state === PingState.Ok)).toBe(true);
    },
  },
  {
    call: 'diagnostics',
    expected: 'a connection to each node',
    async run({ sdk, cluster }) {
      const { services } = (await sdk.diagnostics()) as unknown as {
        services: { kv: { remote: string; state: EndpointState }[] };
      };
      const connected = services.kv.filter(({ state }) => state === EndpointState.Connected);
      expect(new Set(connected.map(({ remote }) => remote))).toEqual(new Set(cluster.nodes.map(({ name }) => name)));
    },
  },
  {
    call: 'getAllBuckets',
    expected: 'their settings',
    async run({ sdk }) {
      const buckets = await sdk.buckets().getAllBuckets();
      expect(buckets.map(({ name }) => name)).toEqual(['default']);
      expect(buckets[0]).toMatchObject({ bucketType: 'membase', numReplicas: 1, flushEnabled: false });
    },
  },
];
