/**
 * Text and meta: a reply belongs to the oldest command.
 *
 *   get of many keys   one classic line:             VALUE* END
 *                      quiet gets, no-op (meta):     VA* MN      an error belongs to ONE key: the caller receives
 *                                                                it at once, the entry stays until the MN
 *   stats, admin       STAT* END, lines of a dump
 *   all others         one reply, of a shape that the command can have
 */
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';
import { isPlainKey } from '../protocol/key.ts';
import type { ExpectedKeys } from './expected-keys.ts';
import { ItemOrder } from './item-order.ts';
import type { PendingRing } from './pending-ring.ts';
import { fits, isStat, unexpected } from './reply-shape.ts';

/** Pairs replies of the text and meta protocols with the oldest command. */
export class PairingInOrder {
  readonly #ring: PendingRing;
  readonly #expected: ExpectedKeys;
  readonly #items = new ItemOrder();
  /** The entry of many keys that `#items` and `#isQuiet` are of. */
  #entry = -1;
  /** Whether it was written as quiet gets closed by a no-op; undefined = not checked yet. */
  #isQuiet: boolean | undefined = undefined;

  constructor(ring: PendingRing, expected: ExpectedKeys) {
    this.#ring = ring;
    this.#expected = expected;
  }

  pair(reply: Reply): void {
    const ring = this.#ring;
    const command = ring.commandOf(ring.head);
    const handler = ring.handlerOf(ring.head);
    if (command.keys !== undefined) this.#pairKeys(reply, command.keys);
    else if (reply.part === 'whole') {
      if (!fits(command, reply)) throw unexpected(reply);
      ring.drop();
      handler.onReply(reply);
    } else this.#pairPart(reply, command, handler);
  }

  /** Handles one of several replies to the oldest command, which is not a get. */
  #pairPart(reply: Reply, command: Command, handler: Handler): void {
    if (!isOfStats(command, reply)) throw unexpected(reply);
    if (reply.part === 'end') this.#ring.drop();
    handler.onReply(reply);
  }

  /** Expects the values of the oldest command, which is a get of these keys. */
  expect(keys: readonly string[]): void {
    this.#begin();
    this.#expected.expect(this.#items.next, keys.length, (index) => keys[index] as string);
  }

  #begin(): void {
    if (this.#entry === this.#ring.head) return;
    this.#entry = this.#ring.head;
    this.#items.next = 0;
    this.#isQuiet = undefined;
  }

  #pairKeys(reply: Reply, keys: readonly string[]): void {
    this.#begin();
    const ring = this.#ring;
    const handler = ring.handlerOf(ring.head);
    if (reply.part === 'whole') {
      this.#isQuiet ??= !keys.every(isPlainKey);
      if (this.#isQuiet) {
        this.#pairQuiet(reply, keys);
        return;
      }
      if (reply.status !== 'error') throw unexpected(reply);
    }
    if (reply.part === 'item') this.#takeItem(reply, keys);
    else this.#end();
    handler.onReply(reply);
  }

  /**
   * A reply to one of the quiet gets, or to the no-op behind them. A miss that names its key (flag `k`) is neither: it
   * is swallowed.
   */
  #pairQuiet(reply: Reply, keys: readonly string[]): void {
    const ring = this.#ring;
    const handler = ring.handlerOf(ring.head);
    if (reply.status === 'error') ring.abandon(ring.head);
    else if (reply.status !== 'ok') return;
    else if (reply.key === '') {
      reply.part = 'end';
      this.#end();
    } else {
      reply.part = 'item';
      this.#takeItem(reply, keys);
    }
    handler.onReply(reply);
  }

  #takeItem(reply: Reply, keys: readonly string[]): void {
    this.#items.take(reply, keys);
    this.#expected.advance(this.#items.next);
  }

  #end(): void {
    this.#expected.clear();
    this.#ring.drop();
  }
}

/** Whether the reply can be one of several to this command. */
function isOfStats({ verb }: Command, reply: Reply): boolean {
  return (verb === 'stats' || verb === 'admin') && isStat(reply);
}
