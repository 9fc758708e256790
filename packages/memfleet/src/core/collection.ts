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

/** Couchbase's documentation, "Naming for Scopes and Collections". */
const named = /^[A-Za-z0-9-][\w%-]{0,250}$/;
/** The scope of Couchbase's own collections, such as `_query`. */
const systemScope = '_system';
const ownName = /^_[\w%-]{1,250}$/;

/** Whether a scope can have this name. */
export const isScopeName = (name: string): boolean => name === '_default' || name === systemScope || named.test(name);

/** Whether a collection of the scope can have this name. */
export const isCollectionName = (name: string, scope: string): boolean =>
  name === '_default' || named.test(name) || (scope === systemScope && ownName.test(name));

/** The rule of both names, for errors. */
export const namingRule = '1 to 251 of the characters A–Z a–z 0–9 _ - %, the first neither _ nor %';

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
