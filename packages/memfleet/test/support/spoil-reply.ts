/**
 * A Reply is valid only during `onReply`, and belongs to the handler from the call on. In tests every call
 * `x.onReply(reply)` of the library's sources is `give(x, reply)` (spoiled-replies.ts), so a reply that somebody keeps,
 * or uses after handing it over, shows what nobody sent.
 *
 *   producer ─ give(handler, reply) ─▶ handler.onReply(reply) ─▶ the reply is spoiled ─▶ its producer fills it anew
 */
import type { Handler } from '../../src/core/dispatcher.ts';
import type { Reply } from '../../src/core/reply.ts';

/** The text of a reply that is used when it is not valid any more. */
export const spoiledText = 'this reply was used after onReply';

/** Hands the reply over; nobody can use it afterwards. */
export function give(handler: Pick<Handler, 'onReply'>, reply: Reply): void {
  handler.onReply(reply);
  reply.setError('server', spoiledText, 0xdead);
  reply.setText(spoiledText);
  reply.key = spoiledText;
  reply.flags = 0xdead_beef;
  reply.cas = 0xdead_beefn;
  reply.ttl = 0xdead;
  reply.size = 0xdead;
  reply.opaque = spoiledText;
  reply.opaqueNumber = 0xdead;
  reply.opcode = 0xde;
}
