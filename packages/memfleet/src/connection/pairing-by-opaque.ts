/**
 * Binary: a reply names its entry. The number of the entry is the opaque of its request, modulo 2^32.
 *
 *   get of many keys   a packet for each value, closed by a NOOP; an error belongs to ONE key: the caller receives it,
 *                      the entry stays until the NOOP
 *   stats, packet      packets, the last of which is a whole reply
 *   all others         one reply, with the opcode of the request
 */
import type { Handler } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';
import { opcodeOf } from '../protocol/binary/command-opcode.ts';
import { opcode } from '../protocol/binary/opcodes.ts';
import { ItemOrder } from './item-order.ts';
import type { PendingRing } from './pending-ring.ts';
import { fits, isStat, unexpected } from './reply-shape.ts';

/** Pairs binary replies with the commands that their opaques name. */
export class PairingByOpaque {
  readonly #ring: PendingRing;
  readonly #items = new ItemOrder();

  constructor(ring: PendingRing) {
    this.#ring = ring;
  }

  pair(reply: Reply): void {
    const ring = this.#ring;
    const ahead = (reply.opaqueNumber - ring.head) >>> 0;
    if (ahead >= ring.length) throw unexpected(reply);
    const entry = ring.head + ahead;
    if (ring.isDone(entry)) throw unexpected(reply);
    const command = ring.commandOf(entry);
    const handler = ring.handlerOf(entry);
    // The NOOP that closes a get of many keys has an opcode of its own.
    const isEnd = command.keys !== undefined && reply.opcode === opcode.noop;
    if (!isEnd && reply.opcode !== opcodeOf(command)) throw unexpected(reply);
    if (command.keys !== undefined) {
      this.#pairKeys(reply, command.keys, handler, entry, isEnd);
      return;
    }
    if (reply.part === 'item') {
      if (command.verb === 'stats' ? !isStat(reply) : command.packet === undefined) throw unexpected(reply);
    } else {
      if (!fits(command, reply)) throw unexpected(reply);
      this.#finish(entry);
    }
    handler.onReply(reply);
  }

  /** A value of a get of many keys, an error of one of them, or the NOOP that closes it. */
  #pairKeys(reply: Reply, keys: readonly string[], handler: Handler, entry: number, isEnd: boolean): void {
    if (isEnd) this.#finish(entry);
    if (reply.status === 'error') {
      if (!isEnd) this.#ring.abandon(entry);
    } else if (isEnd) reply.part = 'end';
    else if (reply.part !== 'item') return;
    else this.#items.take(reply, keys);
    handler.onReply(reply);
  }

  #finish(entry: number): void {
    const ring = this.#ring;
    if (entry !== ring.head) {
      ring.finish(entry);
      ring.answered++;
      return;
    }
    ring.drop();
    for (; ring.answered > 0 && ring.isDone(ring.head); ring.answered--) ring.drop();
  }
}
