/**
 * Every opcode of the binary protocol as data. `opcode` has the numbers by name, `shapes` the form of memcached's own
 * requests, so that encoder and decoders are tables rather than ladders.
 *
 * Sources: memcached `protocol_binary.h` and the length checks in `proto_bin.c`; Couchbase:
 * docs/protocols.md#binary-protocol.
 */
import type { PacketFields, StoreMode, Verb } from '../../core/command.ts';

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

/** The form of the requests of one opcode, and their neutral command. */
export interface OpcodeShape {
  readonly verb: Verb;
  readonly quiet: boolean;
  /** The allowed lengths of the extras. */
  readonly extras: readonly number[];
  readonly key: 'required' | 'none' | 'optional';
  /** Whether it may carry a value. */
  readonly value: boolean;
  readonly mode: StoreMode;
  /** Whether the reply carries the key. */
  readonly returnKey: boolean;
  /** Whether it is a get that sets the exptime. */
  readonly touch: boolean;
  readonly decrement: boolean;
}

const bare: OpcodeShape = Object.freeze({
  verb: 'packet',
  quiet: false,
  extras: [0],
  key: 'none',
  value: false,
  mode: 'set',
  returnKey: false,
  touch: false,
  decrement: false,
});

const get: Partial<OpcodeShape> = { verb: 'get', key: 'required' };
const gat: Partial<OpcodeShape> = { ...get, touch: true, extras: [4] };
const store: Partial<OpcodeShape> = { verb: 'store', key: 'required', value: true };
const arith: Partial<OpcodeShape> = { verb: 'arith', key: 'required', extras: [20] };
const sasl: Partial<OpcodeShape> = { key: 'required', value: true };

/** Opcode, its quiet twin when it has one, its shape. */
const table: readonly (readonly [code: number, quiet: number | undefined, shape: Partial<OpcodeShape>])[] = [
  [opcode.get, opcode.getQ, get],
  [opcode.getK, opcode.getKQ, { ...get, returnKey: true }],
  [opcode.gat, opcode.gatQ, gat],
  [opcode.gatK, opcode.gatKQ, { ...gat, returnKey: true }],
  [opcode.touch, undefined, { verb: 'touch', key: 'required', extras: [4] }],
  [opcode.set, opcode.setQ, { ...store, extras: [8] }],
  [opcode.add, opcode.addQ, { ...store, extras: [8], mode: 'add' }],
  [opcode.replace, opcode.replaceQ, { ...store, extras: [8], mode: 'replace' }],
  [opcode.append, opcode.appendQ, { ...store, mode: 'append' }],
  [opcode.prepend, opcode.prependQ, { ...store, mode: 'prepend' }],
  [opcode.delete, opcode.deleteQ, { verb: 'delete', key: 'required' }],
  [opcode.increment, opcode.incrementQ, arith],
  [opcode.decrement, opcode.decrementQ, { ...arith, decrement: true }],
  [opcode.quit, opcode.quitQ, { verb: 'quit' }],
  [opcode.flush, opcode.flushQ, { verb: 'flush', extras: [0, 4] }],
  [opcode.noop, undefined, { verb: 'noop' }],
  [opcode.version, undefined, { verb: 'version' }],
  [opcode.stat, undefined, { verb: 'stats', key: 'optional' }],
  [opcode.verbosity, undefined, { verb: 'verbosity', extras: [4] }],
  [opcode.saslListMechs, undefined, {}],
  [opcode.saslAuth, undefined, sasl],
  [opcode.saslStep, undefined, sasl],
];

/** The shape of each of memcached's opcodes, by number; undefined for those that memcached does not know. */
export const shapes: readonly (OpcodeShape | undefined)[] = shapesByNumber();

function shapesByNumber(): readonly (OpcodeShape | undefined)[] {
  const all = Array.from<OpcodeShape | undefined>({ length: 256 });
  for (const [code, quiet, shape] of table) {
    all[code] = Object.freeze({ ...bare, ...shape });
    if (quiet !== undefined) all[quiet] = Object.freeze({ ...bare, ...shape, quiet: true });
  }
  return Object.freeze(all);
}

const couchbaseQuiet: readonly number[] = [
  couchbaseOpcode.setWithMetaQ,
  couchbaseOpcode.addWithMetaQ,
  couchbaseOpcode.deleteWithMetaQ,
];

/** True for opcodes without a reply on success (get family: on a miss). Errors always have a reply. */
export function isQuietOpcode(code: number): boolean {
  return shapes[code]?.quiet ?? couchbaseQuiet.includes(code);
}

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

/** What a node may execute before earlier requests are complete (kv_engine `protocol/mcbp/opcode.cc`). */
const reorderable: ReadonlySet<number> = new Set([
  opcode.get,
  opcode.getK,
  opcode.gat,
  opcode.touch,
  opcode.set,
  opcode.add,
  opcode.replace,
  opcode.append,
  opcode.prepend,
  opcode.delete,
  opcode.increment,
  opcode.decrement,
  couchbaseOpcode.getReplica,
  couchbaseOpcode.getLocked,
  couchbaseOpcode.unlockKey,
  ...subDocumentOpcodes,
]);

const reorderableByOpcode: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => (reorderable.has(code) ? 1 : 0));

/**
 * Whether a node to which HELLO granted unordered execution may execute it before earlier requests of the connection
 * are complete. Every other opcode is a barrier.
 */
export function mayReorder(code: number): boolean {
  return reorderableByOpcode[code] === 1;
}

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

const names = new Map<number, string>(
  [...Object.entries(couchbaseOpcode), ...Object.entries(opcode)].map(([name, code]) => [code, name]),
);

/** The name of an opcode for messages: `getKQ`, `selectBucket`, `opcode 0xee`. */
export function opcodeName(code: number): string {
  return names.get(code) ?? `opcode 0x${code.toString(16).padStart(2, '0')}`;
}

/** What the client and its policies know of a request that memcached does not have. */
interface BucketRequest {
  /** The name of the call. */
  readonly name: string;
  /** Whether repeating it changes nothing, so that it may be sent again after bytes have left. */
  readonly isRead: boolean;
  /** Whether it is a write that may have a durability. */
  readonly mayBeDurable?: boolean;
}

const bucketRequests: ReadonlyMap<number, BucketRequest> = new Map([
  [couchbaseOpcode.getLocked, { name: 'getAndLock', isRead: false }],
  [couchbaseOpcode.unlockKey, { name: 'unlock', isRead: false }],
  [couchbaseOpcode.rangeScanCreate, { name: 'scan', isRead: true }],
  [couchbaseOpcode.rangeScanContinue, { name: 'scan', isRead: false }],
  [couchbaseOpcode.rangeScanCancel, { name: 'scan', isRead: true }],
  [couchbaseOpcode.getMeta, { name: 'getMeta', isRead: true }],
  [couchbaseOpcode.subdocMultiLookup, { name: 'lookupIn', isRead: true }],
  [couchbaseOpcode.subdocMultiMutation, { name: 'mutateIn', isRead: false, mayBeDurable: true }],
]);

/** Any node of Couchbase or Membase: stock memcached would lose synchronisation. */
const noFeatures: readonly number[] = [];

/** The fields of a request that only Couchbase buckets have: its row of `bucketRequests`, and `fields`. */
export function bucketRequest(code: number, fields?: Partial<PacketFields>): PacketFields {
  return { opcode: code, opaque: 0, needs: noFeatures, ...bucketRequests.get(code), ...fields };
}
