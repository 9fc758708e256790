/** The revision of a configuration: (epoch, rev), as in gocbcore; on the wire two signed numbers of 64 bits. */
import { u64Text } from '../protocol/binary/header.ts';

/** The revision of a configuration. */
export interface Revision {
  /** The higher-order part: −1 where the document has none (libcouchbase). */
  readonly epoch: number;
  readonly rev: number;
}

/** Whether `one` is later than `other`. */
export function isLater(one: Revision, other: Revision): boolean {
  return one.epoch === other.epoch ? one.rev > other.rev : one.epoch > other.epoch;
}

/** Whether it is a revision that servers accept, and has no more digits than a number holds. */
export function isExact({ epoch, rev }: Revision): boolean {
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(rev) && rev >= 1;
}

/** The extras of GET_CLUSTER_CONFIG: the revision that is known. */
export function encodeRevision({ epoch, rev }: Revision): Uint8Array {
  return Buffer.from(u64Text(BigInt(epoch)) + u64Text(BigInt(rev)), 'latin1');
}

/** The revision in the extras of a notification; undefined where they have none that is valid. */
export function decodeRevision(extras: Uint8Array | undefined): Revision | undefined {
  if (extras?.length !== 16) return undefined;
  const view = new DataView(extras.buffer, extras.byteOffset, extras.byteLength);
  const epoch = Number(view.getBigInt64(0));
  const rev = Number(view.getBigInt64(8));
  return rev < 1 ? undefined : { epoch, rev };
}
