/** The collection that some keys of the scenario `couchbase` are in. */
export const collection = {
  scope: 'shop',
  name: 'items',
  /** Whether a key is in it, where there is one. */
  has: (key: string): boolean => Number(key.slice(1)) % 3 === 1,
} as const;
