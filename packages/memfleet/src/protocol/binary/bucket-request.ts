/** Requests that only Couchbase buckets have. */
import type { PacketFields } from '../../core/command.ts';
import { couchbaseOpcode } from './couchbase-opcodes.ts';

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
