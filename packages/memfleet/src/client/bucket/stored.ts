/** Rows of `client.bucket`: writes whose results have the token of the mutation (docs/couchbase.md#mutation-tokens). */
import type { Command } from '../../core/command.ts';
import type { Reply } from '../../core/reply.ts';
import { callShape, type CallShape } from '../call-shape.ts';
import { delete as deletion } from '../calls.ts';
import { checkBucket } from '../core.ts';
import { store, type StoreResult } from '../item-calls.ts';

/** Where a mutation stands in the history of its vBucket: what other clients of Couchbase call a mutation token. */
export interface MutationToken {
  /** The number of the vBucket. */
  readonly vbucket: number;
  /** The history of the vBucket: a failover may begin another one. */
  readonly uuid: bigint;
  /** The number of the mutation in that history. */
  readonly seqno: bigint;
}

/** How a write ended, with what the node says about it. */
export interface BucketStoreResult extends StoreResult {
  /** Undefined: not stored, or the node gives none. */
  readonly token: MutationToken | undefined;
}

/** How a deletion ended. */
export interface BucketDeleteResult {
  /** `exists`: the item has another cas, and stays. */
  readonly result: 'deleted' | 'exists' | 'notFound';
  /** The cas token of the deletion. Undefined: nothing was deleted. */
  readonly cas: bigint | undefined;
  /** Undefined: nothing was deleted, or the node gives none. */
  readonly token: MutationToken | undefined;
}

const what = 'mutation tokens';

/** The token of a reply; undefined = the node gives none. */
export function tokenOf(reply: Reply, { vbucket }: Command): MutationToken | undefined {
  const { token } = reply;
  return token === undefined ? undefined : { vbucket, ...token };
}

export const set: CallShape<unknown, BucketStoreResult> = callShape(
  'store',
  (reply, transcoder, command) => ({ ...store.read(reply, transcoder, command), token: tokenOf(reply, command) }),
  { ...store.missed, token: undefined },
  (command, value, core, options) => {
    checkBucket(core, what);
    store.prepare?.(command, value, core, options);
  },
  store.options,
);

const notDeleted: BucketDeleteResult = { result: 'notFound', cas: undefined, token: undefined };

const remove: CallShape<undefined, BucketDeleteResult> = callShape(
  'delete',
  (reply, _transcoder, command) => {
    if (reply.status === 'ok') return { result: 'deleted', cas: reply.cas, token: tokenOf(reply, command) };
    return reply.status === 'exists' ? { ...notDeleted, result: 'exists' } : notDeleted;
  },
  notDeleted,
  (command, _argument, core, options) => {
    checkBucket(core, what);
    deletion.prepare?.(command, undefined, core, options);
  },
  deletion.options,
);
export { remove as delete };
