/** The part of the library that knows Couchbase. */
import { LazyPart } from '../base/lazy-part.ts';
import type { BucketStack } from './bucket-stack.ts';

/** Loaded when the first fleet is made that is a bucket. */
export const couchbasePart: LazyPart<{ readonly BucketStack: typeof BucketStack }> = new LazyPart();
