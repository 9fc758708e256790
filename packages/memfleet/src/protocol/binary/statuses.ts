/**
 * The status codes of binary replies: their names, their kind of error, and the body that memcached sends with them
 * (`write_bin_error` in `proto_bin.c`). Codes that memcached does not have are Couchbase's (kv_engine
 * `protocol/status.h`).
 */
import type { ServerErrorKind } from '../../core/errors.ts';
import { status } from '../../core/status.ts';
import { subStatus } from '../../core/sub-status.ts';

/** The description of a status. */
interface StatusRow {
  readonly text: string;
  /** memcached sends `text` with this status, always. */
  readonly fixed: boolean;
}

const fixedTexts: readonly (readonly [number, string])[] = [
  [status.keyNotFound, 'Not found'],
  [status.keyExists, 'Data exists for key.'],
  [status.tooLarge, 'Too large.'],
  [status.notStored, 'Not stored.'],
  [status.nonNumeric, 'Non-numeric server-side value for incr or decr'],
  [status.unknownCommand, 'Unknown command'],
];

/** Bodies of memcached that it varies, and the names of Couchbase's statuses. */
const otherTexts: readonly (readonly [number, string])[] = [
  [status.invalidArguments, 'Invalid arguments'],
  [status.authError, 'Auth failure.'],
  [status.outOfMemory, 'Out of memory'],
  [status.notMyVbucket, 'Not my vbucket'],
  [status.noBucket, 'No bucket'],
  [status.locked, 'The item is locked'],
  [0x0a, 'Stream not found'],
  [0x0b, 'Opaque does not match'],
  [0x0c, 'Would throttle'],
  [0x0d, 'Config only'],
  [status.notLocked, 'Not locked'],
  [0x0f, 'CAS value invalid'],
  [status.authStale, 'Authentication stale'],
  [status.authContinue, 'Authentication continues'],
  [0x22, 'Out of range'],
  [0x23, 'Rollback'],
  [status.noAccess, 'No access'],
  [0x25, 'Not initialized'],
  [0x26, 'Encryption key not available'],
  [0x27, 'Checksum mismatch'],
  [0x28, 'Expiry overflow'],
  [0x29, 'Lock expiry overflow'],
  [0x30, 'Rate limited: network ingress'],
  [0x31, 'Rate limited: network egress'],
  [0x32, 'Rate limited: connections'],
  [0x33, 'Rate limited: commands'],
  [0x35, 'Bucket size limit exceeded'],
  [0x36, 'Bucket resident ratio too low'],
  [0x37, 'Bucket data size too big'],
  [0x38, 'Bucket disk space too low'],
  [0x50, 'Bucket paused'],
  [0x51, 'Cancelled'],
  [status.unknownFrameInfo, 'Unknown frame info'],
  [status.notSupported, 'Not supported'],
  [status.internalError, 'Internal error'],
  [status.busy, 'Too busy'],
  [status.temporaryFailure, 'Temporary failure'],
  [0x87, 'Invalid XATTR section'],
  [status.unknownCollection, 'Unknown collection'],
  [0x8a, 'Cannot apply collections manifest'],
  [status.unknownScope, 'Unknown scope'],
  [0x8d, 'Stream id invalid'],
  [status.durabilityInvalidLevel, 'Durability level invalid'],
  [status.durabilityImpossible, 'Durability impossible'],
  [status.syncWriteInProgress, 'Synchronous write in progress'],
  [status.syncWriteAmbiguous, 'Synchronous write ambiguous'],
  [status.syncWriteRecommit, 'Synchronous write re-commit in progress'],
  [status.rangeScanCancelled, 'Range scan cancelled'],
  [status.rangeScanMore, 'Range scan has more'],
  [status.rangeScanComplete, 'Range scan complete'],
  [status.vbucketUuidDiffers, 'Range scan vbucket uuid differs'],
  [subStatus.pathNotFound, 'Path not found'],
  [subStatus.pathMismatch, 'Path does not fit the document'],
  [subStatus.pathInvalid, 'Path invalid'],
  [subStatus.pathTooBig, 'Path too long'],
  [subStatus.documentTooDeep, 'Document too deep'],
  [subStatus.cannotInsert, 'Value cannot be inserted'],
  [subStatus.notJson, 'Document is not JSON'],
  [subStatus.numberOutOfRange, 'Number out of range'],
  [subStatus.deltaInvalid, 'Delta invalid'],
  [subStatus.pathExists, 'Path exists'],
  [subStatus.valueTooDeep, 'Value too deep'],
  [subStatus.invalidCombination, 'Invalid combination of commands'],
  [subStatus.multiPathFailure, 'A path failed'],
  [0xcd, 'Document is deleted'],
  [subStatus.attributeFlagCombination, 'Invalid combination of attribute flags'],
  [0xcf, 'Invalid combination of attribute keys'],
  [subStatus.unknownMacro, 'Unknown macro'],
  [subStatus.unknownVirtualAttribute, 'Unknown virtual attribute'],
  [subStatus.virtualAttributeReadOnly, 'Virtual attributes cannot be changed'],
  [0xd3, 'A path failed, and the document is deleted'],
  [subStatus.attributeOrder, 'Attributes must come first'],
  [0xd5, 'Unknown macro of a virtual attribute'],
  [0xd6, 'Only deleted documents can be revived'],
  [0xd7, 'A deleted document has no value'],
];

const rows = new Map<number, StatusRow>([
  ...fixedTexts.map(([code, text]) => [code, { text, fixed: true }] as const),
  ...otherTexts.map(([code, text]) => [code, { text, fixed: false }] as const),
]);

/**
 * The text of a status: memcached's own body text where it has one, else the name. `Status 0x99` for an unknown one.
 */
export function statusText(code: number): string {
  return rows.get(code)?.text ?? `Status 0x${code.toString(16).padStart(2, '0')}`;
}

/** The body that memcached always sends with a status, if there is one. */
export function fixedBody(code: number): string | undefined {
  const row = rows.get(code);
  return row?.fixed === true ? row.text : undefined;
}

const kinds = new Map<number, ServerErrorKind>([
  [status.unknownCommand, 'unknownCommand'],
  [status.tooLarge, 'client'],
  [status.invalidArguments, 'client'],
  [status.nonNumeric, 'client'],
]);

/** The kind of error of a status. */
export function errorKindOf(code: number): ServerErrorKind {
  return kinds.get(code) ?? 'server';
}

/**
 * The status for errors without one: the text protocol's messages (`proto_text.c`) that mean a binary status.
 */
const statusByMessage: readonly (readonly [prefix: string, code: number])[] = [
  ['object too large for cache', status.tooLarge],
  ['too large', status.tooLarge],
  ['cannot increment or decrement non-numeric value', status.nonNumeric],
  ['out of memory', status.outOfMemory],
];

const statusByKind: Readonly<Record<ServerErrorKind, number>> = {
  unknownCommand: status.unknownCommand,
  client: status.invalidArguments,
  server: status.internalError,
};

/** The status of an error that a node of another protocol, or this process, reported in words. */
export function statusOf(kind: ServerErrorKind, message: string): number {
  const text = message.toLowerCase();
  return statusByMessage.find(([prefix]) => text.startsWith(prefix))?.[1] ?? statusByKind[kind];
}
