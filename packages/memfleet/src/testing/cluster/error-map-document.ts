/**
 * The reply to GET_ERROR_MAP: version 2, revision 9 of Couchbase's map, with the statuses that this cluster may send
 * (docs/protocols.md#statuses).
 */

const entries: readonly (readonly [code: number, name: string, description: string, attributes: string])[] = [
  [0x00, 'SUCCESS', 'Success', 'success'],
  [0x01, 'KEY_ENOENT', 'Not found', 'item-only'],
  [0x02, 'KEY_EEXISTS', 'Exists, or another cas', 'item-only'],
  [0x03, 'E2BIG', 'Too big', 'item-only invalid-input'],
  [0x04, 'EINVAL', 'Invalid', 'internal invalid-input'],
  [0x05, 'NOT_STORED', 'Not stored', 'item-only'],
  [0x06, 'DELTA_BADVAL', 'Not a number', 'item-only invalid-input'],
  [0x07, 'NOT_MY_VBUCKET', 'Another node has this vBucket', 'fetch-config invalid-input'],
  [0x08, 'NO_BUCKET', 'No bucket selected', 'conn-state-invalidated'],
  [0x09, 'LOCKED', 'Locked', 'item-locked item-only retry-now'],
  [0x0d, 'EBUCKETCONFIGONLY', 'No data here', 'fetch-config retry-now'],
  [0x1f, 'AUTH_STALE', 'Log in again', 'conn-state-invalidated auth'],
  [0x20, 'AUTH_ERROR', 'Wrong user or password', 'conn-state-invalidated auth'],
  [0x21, 'AUTH_CONTINUE', 'Go on', 'special-handling'],
  [0x22, 'ERANGE', 'Out of range', 'invalid-input'],
  [0x24, 'ACCESS_ERROR', 'No access', 'support'],
  [0x25, 'NOT_INITIALIZED', 'Not initialized', 'conn-state-invalidated'],
  [0x50, 'EPAUSED', 'Paused', 'support'],
  [0x51, 'ECANCELLED', 'Cancelled', 'item-only retry-now'],
  [0x81, 'UNKNOWN_COMMAND', 'Unknown command', 'support'],
  [0x82, 'ENOMEM', 'Out of memory', 'temp retry-later'],
  [0x83, 'NOT_SUPPORTED', 'Not supported', 'support'],
  [0x84, 'EINTERNAL', 'Internal error', 'internal conn-state-invalidated'],
  [0x85, 'EBUSY', 'Too busy', 'temp retry-now'],
  [0x86, 'ETMPFAIL', 'Temporary failure', 'temp retry-now'],
];

/** The document as text, for a client that supports versions up to `version`. */
export function errorMapDocument(version: number): string {
  const errors = Object.fromEntries(
    entries.map(([code, name, desc, attributes]) => [code.toString(16), { name, desc, attrs: attributes.split(' ') }]),
  );
  return JSON.stringify({ version: Math.min(version, 2), revision: 9, errors });
}
