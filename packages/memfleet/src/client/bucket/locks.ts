/** Rows of `client.bucket`: locks of items (docs/couchbase.md#locks). */
import { UndecodableError } from '../../core/errors.ts';
import { bucketRequest } from '../../protocol/binary/bucket-request.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { checkCas, refuseArgument } from '../arguments.ts';
import type { CallShape, Read } from '../call-shape.ts';
import { getWithCas, type WithCas } from '../calls.ts';
import { bucketShape } from './bucket-shape.ts';

/**
 * How `unlock` ended. `locked`: the lock has another cas, so another caller has it. `notLocked`: its time is over, or a
 * write with its cas has ended it.
 */
export type UnlockResult = 'unlocked' | 'locked' | 'notLocked' | 'notFound';

/** kv_engine `getl_max_timeout`: it would read a longer time as its default. */
const longestSeconds = 30;

function checkSeconds(seconds: unknown): number {
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0 && seconds <= longestSeconds)
    return seconds;
  return refuseArgument('seconds', seconds, `whole seconds from 1 to ${longestSeconds}`);
}

const readLocked: Read<WithCas<unknown> | undefined> = (reply, transcoder, command) => {
  if (reply.status === 'ok' || reply.status === 'miss') return getWithCas.read(reply, transcoder, command);
  // Read as a miss, it would say that there is no item.
  throw new UndecodableError(`the node replied "${reply.status}"`);
};

/** The argument is the time of the lock. */
export const getAndLock: CallShape<number, WithCas<unknown> | undefined> = bucketShape(
  'locks',
  readLocked,
  undefined,
  (command, seconds) => {
    const extras = Uint8Array.of(0, 0, 0, checkSeconds(seconds));
    command.packet = bucketRequest(couchbaseOpcode.getLocked, { extras });
  },
);

/** By `Reply.status`; the reply decoder has what the statuses of UNLOCK mean. */
const results: Readonly<Record<string, UnlockResult>> = {
  ok: 'unlocked',
  exists: 'locked',
  notStored: 'notLocked',
  miss: 'notFound',
};

const readUnlocked: Read<UnlockResult> = (reply) => results[reply.status]!;

/** The argument is the cas of the lock. */
export const unlock: CallShape<bigint, UnlockResult> = bucketShape(
  'locks',
  readUnlocked,
  'notFound',
  (command, cas: bigint) => {
    command.packet = bucketRequest(couchbaseOpcode.unlockKey);
    command.cas = checkCas(cas, 'getAndLock');
  },
);
