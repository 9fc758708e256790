/**
 * Every opcode of the binary protocol by name. opcode-shapes.ts has the form of memcached's own requests, so that
 * encoder and decoders are tables rather than ladders.
 *
 * Sources: memcached `protocol_binary.h` and the length checks in `proto_bin.c`; Couchbase:
 * docs/protocols.md#binary-protocol.
 */

/** memcached's opcodes. A `Q` at the end: no reply on success, for the get family no reply on a miss. */
export const opcode = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  increment: 0x05,
  decrement: 0x06,
  quit: 0x07,
  flush: 0x08,
  getQ: 0x09,
  noop: 0x0a,
  version: 0x0b,
  getK: 0x0c,
  getKQ: 0x0d,
  append: 0x0e,
  prepend: 0x0f,
  stat: 0x10,
  setQ: 0x11,
  addQ: 0x12,
  replaceQ: 0x13,
  deleteQ: 0x14,
  incrementQ: 0x15,
  decrementQ: 0x16,
  quitQ: 0x17,
  flushQ: 0x18,
  appendQ: 0x19,
  prependQ: 0x1a,
  /**
   * In the specification, but memcached replies `Unknown command` and, because the request carries extras, loses
   * synchronisation.
   */
  verbosity: 0x1b,
  touch: 0x1c,
  gat: 0x1d,
  gatQ: 0x1e,
  saslListMechs: 0x20,
  saslAuth: 0x21,
  saslStep: 0x22,
  gatK: 0x23,
  gatKQ: 0x24,
} as const;

/**
 * Opcodes of Couchbase and Membase nodes that memcached does not have (some numbers meant other things in the Membase
 * era).
 */
export const couchbaseOpcode = {
  hello: 0x1f,
  ioctlGet: 0x23,
  ioctlSet: 0x24,
  /** Membase 1.6–1.8 and Moxi only; Couchbase gave the number another meaning. */
  membaseSelectBucket: 0x2a,
  setVbucket: 0x3d,
  getVbucket: 0x3e,
  deleteVbucket: 0x3f,
  getAllVbucketSeqnos: 0x48,
  getEx: 0x49,
  getExReplica: 0x4a,
  mutateWithMeta: 0x4b,
  getReplica: 0x83,
  createBucket: 0x85,
  deleteBucket: 0x86,
  listBuckets: 0x87,
  selectBucket: 0x89,
  observeSeqno: 0x91,
  observe: 0x92,
  getLocked: 0x94,
  unlockKey: 0x95,
  getFailoverLog: 0x96,
  getMeta: 0xa0,
  setWithMeta: 0xa2,
  setWithMetaQ: 0xa3,
  addWithMeta: 0xa4,
  addWithMetaQ: 0xa5,
  deleteWithMeta: 0xa8,
  deleteWithMetaQ: 0xa9,
  setClusterConfig: 0xb4,
  getClusterConfig: 0xb5,
  getRandomKey: 0xb6,
  setCollectionsManifest: 0xb9,
  getCollectionsManifest: 0xba,
  getCollectionId: 0xbb,
  getScopeId: 0xbc,
  subdocGet: 0xc5,
  subdocExists: 0xc6,
  subdocDictAdd: 0xc7,
  subdocDictUpsert: 0xc8,
  subdocDelete: 0xc9,
  subdocReplace: 0xca,
  subdocArrayPushLast: 0xcb,
  subdocArrayPushFirst: 0xcc,
  subdocArrayInsert: 0xcd,
  subdocArrayAddUnique: 0xce,
  subdocCounter: 0xcf,
  subdocMultiLookup: 0xd0,
  subdocMultiMutation: 0xd1,
  subdocGetCount: 0xd2,
  subdocReplaceBodyWithXattr: 0xd3,
  rangeScanCreate: 0xda,
  rangeScanContinue: 0xdb,
  rangeScanCancel: 0xdc,
  getErrorMap: 0xfe,
} as const;

/** The requests of a server to its client where duplex was granted (magic 0x82). */
export const serverOpcode = {
  clustermapChange: 0x01,
  authenticate: 0x02,
  activeExternalUsers: 0x03,
  getAuthorization: 0x04,
} as const;
