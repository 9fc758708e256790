/** Opcodes of requests about an item that memcached does not have. */
import { couchbaseOpcode } from './couchbase-opcodes.ts';

/** Requests about parts of JSON documents. */
export const subDocumentOpcodes: readonly number[] = [
  couchbaseOpcode.subdocGet,
  couchbaseOpcode.subdocExists,
  couchbaseOpcode.subdocDictAdd,
  couchbaseOpcode.subdocDictUpsert,
  couchbaseOpcode.subdocDelete,
  couchbaseOpcode.subdocReplace,
  couchbaseOpcode.subdocArrayPushLast,
  couchbaseOpcode.subdocArrayPushFirst,
  couchbaseOpcode.subdocArrayInsert,
  couchbaseOpcode.subdocArrayAddUnique,
  couchbaseOpcode.subdocCounter,
  couchbaseOpcode.subdocMultiLookup,
  couchbaseOpcode.subdocMultiMutation,
  couchbaseOpcode.subdocGetCount,
  couchbaseOpcode.subdocReplaceBodyWithXattr,
];

const itemKeys: ReadonlySet<number> = new Set([
  couchbaseOpcode.getEx,
  couchbaseOpcode.getExReplica,
  couchbaseOpcode.mutateWithMeta,
  couchbaseOpcode.getReplica,
  couchbaseOpcode.getLocked,
  couchbaseOpcode.unlockKey,
  couchbaseOpcode.getMeta,
  couchbaseOpcode.setWithMeta,
  couchbaseOpcode.setWithMetaQ,
  couchbaseOpcode.addWithMeta,
  couchbaseOpcode.addWithMetaQ,
  couchbaseOpcode.deleteWithMeta,
  couchbaseOpcode.deleteWithMetaQ,
  ...subDocumentOpcodes,
]);

/** Whether the key of this request, which memcached does not have, is that of an item: in a collection. */
export function hasItemKey(code: number): boolean {
  return itemKeys.has(code);
}
