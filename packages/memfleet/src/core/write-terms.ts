/** What a write to a Couchbase bucket demands beside its fields. */

/**
 * The copies that must have a write before it is acknowledged: `majority` = most of them in memory;
 * `majorityAndPersistActive` = also the active one on disk; `persistToMajority` = most of them on disk; `none` = the
 * active one in memory.
 */
export type Durability = 'none' | 'majority' | 'majorityAndPersistActive' | 'persistToMajority';

/** The levels, the lowest first. */
export const durabilities: readonly Durability[] = Object.freeze([
  'none',
  'majority',
  'majorityAndPersistActive',
  'persistToMajority',
]);

/** What a write demands. */
export interface WriteTerms {
  /** Undefined: the default of the bucket. */
  readonly durability: Durability | undefined;
  /** An existing item keeps its expiry. */
  readonly preserveExpiry: boolean;
}
