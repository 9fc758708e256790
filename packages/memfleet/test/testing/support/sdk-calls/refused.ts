/** Calls of the official SDK for services that the simulated cluster does not have. */
import { CouchbaseError, ServiceNotAvailableError, SearchQuery } from 'couchbase';
import { expect } from 'vitest';
import type { SdkCall } from './sdk-call.ts';

const soon = { timeout: 2000 };

export const refusedCalls: readonly SdkCall[] = [
  {
    call: 'query',
    expected: 'ServiceNotAvailable',
    run: ({ sdk }) => expect(sdk.query('SELECT 1', soon)).rejects.toThrow(ServiceNotAvailableError),
  },
  {
    call: 'searchQuery',
    expected: 'ServiceNotAvailable',
    run: ({ sdk }) =>
      expect(sdk.searchQuery('index', SearchQuery.matchAll(), soon)).rejects.toThrow(ServiceNotAvailableError),
  },
  {
    call: 'viewQuery',
    expected: 'ServiceNotAvailable',
    // oxlint-disable-next-line typescript/no-deprecated -- programs still make it
    run: ({ bucket }) => expect(bucket.viewQuery('design', 'view', soon)).rejects.toThrow(ServiceNotAvailableError),
  },
  {
    call: 'createBucket',
    expected: 'an error',
    run: ({ sdk }) =>
      expect(sdk.buckets().createBucket({ name: 'new', ramQuotaMB: 100 }, soon)).rejects.toThrow(CouchbaseError),
  },
  {
    call: 'flushBucket',
    expected: 'an error',
    run: ({ sdk }) => expect(sdk.buckets().flushBucket('default', soon)).rejects.toThrow(CouchbaseError),
  },
  {
    call: 'getAllUsers',
    expected: 'an error',
    run: ({ sdk }) => expect(sdk.users().getAllUsers(soon)).rejects.toThrow(CouchbaseError),
  },
  {
    call: 'transactions',
    expected: 'an error, and nothing is stored',
    async run({ sdk, items }) {
      const running = sdk.transactions().run(
        async (attempt) => {
          await attempt.insert(items, 'transaction', 1);
        },
        { timeout: 2000 },
      );
      await expect(running).rejects.toThrow(CouchbaseError);
      expect((await items.exists('transaction')).exists).toBe(false);
    },
  },
];
