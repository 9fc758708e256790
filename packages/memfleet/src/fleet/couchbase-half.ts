/** What only fleets that are buckets need: loaded with the first (couchbase-part.ts). */
import { readLookups, readMutations } from '../couchbase/sub-document-replies.ts';
import { BucketStack } from './bucket-stack.ts';

/** What only fleets that are buckets need. */
export interface CouchbaseHalf {
  readonly BucketStack: typeof BucketStack;
  readonly readLookups: typeof readLookups;
  readonly readMutations: typeof readMutations;
}

/** What only fleets that are buckets need. */
export const couchbaseHalf: CouchbaseHalf = Object.freeze({ BucketStack, readLookups, readMutations });
