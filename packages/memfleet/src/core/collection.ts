/** Collections of Couchbase buckets: items of one key in several collections are different ones. */
import { MemcacheError, type MemcacheErrorDetails } from './errors.ts';
import { untraced } from './untraced.ts';

/** A collection of a Couchbase bucket. */
export interface CollectionRef {
  /** The number of the collection in its bucket, as it was last known; 0 … 2^32−1. */
  readonly id: number;
  /** Whether `id` is known, and no node has refused it since. */
  readonly isKnown: boolean;
  /** `scope.name`. */
  readonly path: string;
}

/** A text that names the item of a key: items of one key in several collections have several. */
export function identityOf({
  collection,
  key,
}: {
  readonly collection: CollectionRef | undefined;
  readonly key: string;
}): string {
  return collection === undefined ? key : itemIdentity(collection, key);
}

/** The same for a collection and a key. No byte string has the character between them. */
export function itemIdentity(collection: CollectionRef | undefined, key: string): string {
  return collection === undefined ? key : `${collection.path}\u0100${key}`;
}

/**
 * The bucket has no such collection, or no such scope. Nodes were asked until the deadline, because a new collection is
 * not known to all of them at once. The command was not executed.
 */
export class UnknownCollectionError extends MemcacheError {
  override readonly code = 'ERR_UNKNOWN_COLLECTION';
  /** The name of the scope. */
  readonly scope: string;
  /** The name of the collection. */
  readonly collection: string;

  constructor(message: string, scope: string, collection: string, details?: MemcacheErrorDetails) {
    super(message, details);
    this.scope = scope;
    this.collection = collection;
  }
}

untraced.add(UnknownCollectionError);
