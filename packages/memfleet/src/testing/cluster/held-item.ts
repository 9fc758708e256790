/** What `inspect` of a simulated cluster shows. */
import type { SimulatedNode } from './simulated-node.ts';
import type { VbucketState } from './vbucket-copy.ts';

/** One copy of an item. */
export interface HeldItem {
  /** The node that holds the copy. */
  readonly node: SimulatedNode;
  /** The state of the copy's vBucket. */
  readonly state: VbucketState;
  /** The value; undefined = the copy does not have the item. */
  readonly value: Buffer | undefined;
  /** The client flags, an unsigned number of 32 bits. */
  readonly flags: number;
  /** The cas token. */
  readonly cas: bigint;
}
