/** Why a file with items cannot be read to its end. */
import { MemcacheError } from '../core/errors.ts';

/**
 * `foreign`: the file is no snapshot. `version`: a later version wrote it. `truncated`: its end is missing. `damaged`:
 * bytes have changed.
 */
export type SnapshotFault = 'foreign' | 'version' | 'truncated' | 'damaged';

/** A file with items cannot be read, or not to its end. */
export class SnapshotError extends MemcacheError {
  override readonly code = 'ERR_SNAPSHOT';
  /** What is wrong with the file. */
  readonly fault: SnapshotFault;
  /** Bytes before the place that cannot be read. */
  readonly offset: number;
  /** Items that were read before that place; they are right. */
  readonly items: number;

  constructor(message: string, fault: SnapshotFault, offset: number, items: number) {
    super(message);
    this.fault = fault;
    this.offset = offset;
    this.items = items;
  }
}
