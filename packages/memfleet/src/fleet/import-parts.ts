/** Says how the parts are loaded that only some clients need (base/lazy-part.ts). */
import { finderPart } from '../cluster/discovery/finder-part.ts';
import { binaryPart } from '../connection/binary-part.ts';
import { couchbasePart } from './couchbase-part.ts';

/** From now on a part is loaded when a fleet needs it. */
export function importParts(): void {
  finderPart.importBy(() => import('../cluster/discovery/finders.ts').then(({ finders }) => finders));
  binaryPart.importBy(() => import('../connection/binary-half.ts').then(({ binaryHalf }) => binaryHalf));
  couchbasePart.importBy(() => import('./couchbase-half.ts').then(({ couchbaseHalf }) => couchbaseHalf));
}
