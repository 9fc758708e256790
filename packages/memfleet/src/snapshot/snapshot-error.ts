/** Why a snapshot cannot be read to its end. */
import { MemcacheError } from '../core/errors.ts';

/**
 * `foreign`: the file is not a snapshot. `version`: its format version is not supported. `truncated`: its end is
 * missing. `damaged`: bytes have changed.
 */
export type SnapshotFault = 'foreign' | 'version' | 'truncated' | 'damaged';

/** A snapshot cannot be read, or not to its end. */
export class SnapshotError extends MemcacheError {
  override readonly code = 'ERR_SNAPSHOT';
  /** What is wrong with the file. */
  readonly fault: SnapshotFault;
  /** How many bytes of the file were read before the fault. */
  readonly offset: number;
  /** How many items were read before the fault; they are intact. */
  readonly items: number;

  constructor(message: string, fault: SnapshotFault, offset: number, items: number) {
    super(message);
    this.fault = fault;
    this.offset = offset;
    this.items = items;
  }
}
