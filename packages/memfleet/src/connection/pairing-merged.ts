/**
 * Text and meta: gets of one key that were written as one classic line.
 *
 *   get a b c d ─▶ entries A  B  C  D ─ `VALUE b` ─▶ A  ✓  C  D ─ `END` ─▶ A, C and D are misses
 *                                                                 └ an error ─▶ A, C and D fail
 *
 * memcached returns values in the order of the request; proxies that spread a line over several nodes do not (Moxi:
 * docs/protocols.md#moxi).
 */
import type { Reply } from '../core/reply.ts';
import type { ExpectedKeys } from './expected-keys.ts';
import type { PendingRing } from './pending-ring.ts';
import { notRequested, unexpected } from './reply-shape.ts';

/** Pairs the values of a classic get line with the gets that were joined on it. */
export class PairingMerged {
  readonly #ring: PendingRing;
  readonly #expected: ExpectedKeys;
  /** The number of the entry that is tried first. */
  #next = 0;
  readonly #keyOf = (entry: number): string => this.#ring.commandOf(entry).key;

  constructor(ring: PendingRing, expected: ExpectedKeys) {
    this.#ring = ring;
    this.#expected = expected;
  }

  /** Begins the reply to the line that begins with the oldest entry. */
  begin(): void {
    const ring = this.#ring;
    ring.left = ring.spanOf(ring.head);
    this.#next = ring.head;
    ring.joined -= ring.left - 1;
  }

  /** Expects the values of the line in progress. */
  expect(): void {
    this.#expected.expect(this.#next, this.#ring.head + this.#ring.left, this.#keyOf);
  }

  pair(reply: Reply): void {
    if (this.#ring.left < 0) this.begin();
    if (reply.part === 'item') this.#pairValue(reply);
    else if (reply.part === 'end' || reply.status === 'error') this.#end(reply);
    else throw unexpected(reply);
  }

  /** Resets the pairing: all entries are gone. */
  stop(): void {
    this.#ring.left = -1;
    this.#expected.clear();
  }

  /** Passes a value to the entry that it names. */
  #pairValue(reply: Reply): void {
    const ring = this.#ring;
    const entry = this.#find(reply);
    const handler = ring.handlerOf(entry);
    // The reply carries its own key only if that was not the expected one.
    reply.key = ring.commandOf(entry).key;
    ring.finish(entry);
    while (ring.left > 0 && ring.isDone(ring.head)) {
      ring.drop();
      ring.left--;
    }
    // Entries behind this one may be removed as well: those that already have their reply.
    this.#next = Math.max(entry + 1, ring.head);
    this.#expected.advance(this.#next);
    reply.part = 'whole';
    handler.onReply(reply);
  }

  /** The entry that the value belongs to. */
  #find(reply: Reply): number {
    const ring = this.#ring;
    const { head, left } = ring;
    const found = reply.ordinal;
    if (found >= 0) {
      if (!ring.isDone(found)) return found;
      // The entry already has its reply; another entry may have the same key.
      reply.key = ring.commandOf(found).key;
    }
    for (let i = 0; i < left; i++) {
      const entry = head + ((this.#next - head + i) % left);
      if (!ring.isDone(entry) && ring.commandOf(entry).key === reply.key) return entry;
    }
    throw notRequested(reply);
  }

  /** No more values: the rest are misses, or fail with the line. */
  #end(reply: Reply): void {
    const ring = this.#ring;
    const { status, errorKind, message } = reply;
    const end = ring.head + ring.left;
    this.stop();
    // A handler may end everything: then the head is at the tail.
    while (ring.head < end) {
      const handler = ring.handlerOf(ring.head);
      ring.drop();
      if (status === 'error') reply.setError(errorKind, message);
      else reply.reset('miss');
      handler.onReply(reply);
    }
  }
}
