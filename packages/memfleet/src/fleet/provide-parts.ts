/**
 * Gives every part that is loaded when it is needed (base/lazy-part.ts) at once: for simulated worlds, in which no
 * file is read.
 */
import { finderPart } from '../cluster/discovery/finder-part.ts';
import { finders } from '../cluster/discovery/finders.ts';
import { binaryHalf } from '../connection/binary-half.ts';
import { binaryPart } from '../connection/binary-part.ts';
import { couchbaseHalf } from './couchbase-half.ts';
import { couchbasePart } from './couchbase-part.ts';

/** Makes every fleet of this process begin without waiting for a part. */
export function provideParts(): void {
  finderPart.provide(finders);
  binaryPart.provide(binaryHalf);
  couchbasePart.provide(couchbaseHalf);
}
