/** Rows of calls about an item without its value: GET_META. */
import type { Clock } from '../../base/clock.ts';
import { UndecodableError } from '../../core/errors.ts';
import type { Reply } from '../../core/reply.ts';
import { bucketRequest } from '../../protocol/binary/bucket-request.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { readU32 } from '../../protocol/binary/integers.ts';
import type { CallShape, Prepare } from '../call-shape.ts';
import { bucketShape } from './bucket-shape.ts';

const what = 'metadata of items';

const asking =
  (name: string): Prepare<undefined> =>
  (command) => {
    command.packet = bucketRequest(couchbaseOpcode.getMeta, { name });
  };

/** The extras: whether the item is deleted, flags, exptime, 32 bits each, and a sequence number. */
function isThere({ extras, status }: Reply): boolean {
  if (status !== 'ok') return false;
  if (extras === undefined || extras.length < 12) throw new UndecodableError('the reply has no metadata');
  return readU32(extras, 0) === 0;
}

export const exists: CallShape<undefined, boolean> = bucketShape(what, isThere, false, asking('exists'));

/** The seconds that an item has left, from its exptime, which is a time of Unix; Infinity = no expiry. */
function ttlFrom(reply: Reply, clock: Clock): number | undefined {
  if (!isThere(reply)) return undefined;
  const exptime = readU32(reply.extras!, 8);
  return exptime === 0 ? Infinity : Math.max(0, exptime - clock.unixSeconds());
}

/** The row of one `ttlOf` of a bucket. */
export const ttlBy = (clock: Clock): CallShape<undefined, number | undefined> =>
  bucketShape(what, (reply) => ttlFrom(reply, clock), undefined, asking('ttlOf'));
