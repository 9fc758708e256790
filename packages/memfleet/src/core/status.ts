/**
 * The status codes of the binary protocol that this library names (memcached `protocol_binary.h`; those that memcached
 * does not have are Couchbase's, kv_engine `protocol/status.h`). `Reply.code` and `CommandFault.status` hold them,
 * whatever the protocol is. Their texts are in protocol/binary/statuses.ts.
 */

/** The statuses that this library names. */
export const status = {
  success: 0x00,
  keyNotFound: 0x01,
  keyExists: 0x02,
  tooLarge: 0x03,
  invalidArguments: 0x04,
  notStored: 0x05,
  nonNumeric: 0x06,
  notMyVbucket: 0x07,
  noBucket: 0x08,
  locked: 0x09,
  notLocked: 0x0e,
  authStale: 0x1f,
  authError: 0x20,
  authContinue: 0x21,
  noAccess: 0x24,
  unknownFrameInfo: 0x80,
  unknownCommand: 0x81,
  outOfMemory: 0x82,
  notSupported: 0x83,
  internalError: 0x84,
  busy: 0x85,
  temporaryFailure: 0x86,
  invalidAttribute: 0x87,
  unknownCollection: 0x88,
  unknownScope: 0x8c,
  durabilityInvalidLevel: 0xa0,
  durabilityImpossible: 0xa1,
  syncWriteInProgress: 0xa2,
  syncWriteAmbiguous: 0xa3,
  syncWriteRecommit: 0xa4,
  rangeScanCancelled: 0xa5,
  rangeScanMore: 0xa6,
  rangeScanComplete: 0xa7,
  vbucketUuidDiffers: 0xa8,
} as const;

/** Refusals whose cause is the state of the item: no other node would help. */
export const statusesOfItems: readonly number[] = [status.locked, status.syncWriteInProgress, status.syncWriteRecommit];
