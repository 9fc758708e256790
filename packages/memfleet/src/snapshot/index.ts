/** The public entry point memfleet/snapshot: items of memcached in a file. */
export type { SnapshotHeader, SnapshotItem } from './format.ts';
export { readSnapshot } from './read-snapshot.ts';
export { SnapshotDecoder } from './snapshot-decoder.ts';
export { SnapshotEncoder } from './snapshot-encoder.ts';
export { SnapshotError, type SnapshotFault } from './snapshot-error.ts';
export { writeSnapshot } from './write-snapshot.ts';
