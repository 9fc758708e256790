/** The part of the library that knows Couchbase. */
import { LazyPart } from '../base/lazy-part.ts';
import type { CouchbaseHalf } from './couchbase-half.ts';

/** Loaded when the first fleet is made that is a bucket. */
export const couchbasePart: LazyPart<CouchbaseHalf> = new LazyPart();
