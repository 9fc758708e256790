import { MemcacheError } from '../../src/core/errors.ts';
import type { CollectionJudge } from '../../src/couchbase/resend.ts';

/** For policies whose commands are in the default collection. */
export const noCollections: CollectionJudge = {
  refused: () => ({ error: new MemcacheError('no command has a collection'), isOutdated: false, isForgotten: false }),
};
