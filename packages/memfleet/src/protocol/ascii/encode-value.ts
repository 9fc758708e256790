/** A line with its value, the same in both ASCII protocols. */
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Reply } from '../../core/reply.ts';

/**
 * The length up to which joining line, value and tail as one string is cheaper than making a view of the value and
 * copying the three separately.
 */
const joinLimit = 1024;

/** Writes `head`, the value of the reply, and `tail`, which begins with the CR LF behind the value. */
export function encodeValue(head: string, reply: Reply, tail: string, writer: ByteWriter): void {
  if (reply.length <= joinLimit) {
    writer.ascii(head + reply.text() + tail);
    return;
  }
  writer.ascii(head);
  const value = reply.raw();
  if (typeof value === 'string') writer.ascii(value);
  else if (reply.isOwned) writer.bytes(value);
  else writer.copy(value);
  writer.ascii(tail);
}
