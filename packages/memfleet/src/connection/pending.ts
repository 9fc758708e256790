/**
 * The one queue that pairs replies with commands.
 *
 *        head                                   tail
 *          ▼                                      ▼
 *   ring [ A  B  ✝  D ┊ E  F ]        A…D are written, E and F wait for the flush
 *                ▲    ▲               ✝ = timed out: its caller has an error, its reply is owed and will be swallowed
 *        tombstone    written
 *
 *   reply ─┬ binary ─────────────────────▶ PairingByOpaque   a reply names its entry
 *          ├ the head begins a get line ─▶ PairingMerged     `VALUE` is for the entry that it names, `END` for the rest
 *          └ else ───────────────────────▶ PairingInOrder    a reply belongs to the head
 *
 * A reply without a command, or of a shape that its command cannot have, is a ProtocolError: the owner destroys the
 * connection, and there is no resynchronisation.
 */
import type { DeadlineScan } from '../base/deadline-scan.ts';
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { ReplySink } from '../protocol/codec.ts';
import { binaryPart } from './binary-part.ts';
import { ExpectedKeys } from './expected-keys.ts';
import { InFlightKeys } from './in-flight-keys.ts';
import type { KeyOrder } from './key-order.ts';
import type { PairingByOpaque } from './pairing-by-opaque.ts';
import { PairingInOrder } from './pairing-in-order.ts';
import { PairingMerged } from './pairing-merged.ts';
import { PendingRing, tombstone } from './pending-ring.ts';
import { unexpected } from './reply-shape.ts';

/**
 * The number of replies that may be in behind one that is owed. Entries keep their place in the ring until those before
 * them are gone, so this bounds its memory.
 */
const mostAnswered = 65_536;

/** Makes the error of one entry; `sent`: whether its bytes were written. */
export type MakeError = (command: Command, sent: boolean) => MemcacheError;

/** The queue that pairs the replies of a connection with its commands. */
export class Pending implements ReplySink {
  /** For the decoder of the replies. */
  readonly expected: ExpectedKeys = new ExpectedKeys(() => this.#expectNext());
  readonly #ring: PendingRing;
  readonly #byOpaque: PairingByOpaque | undefined;
  readonly #inOrder: PairingInOrder;
  readonly #merged: PairingMerged;
  /** The number of the first entry that waits for the flush. */
  #written: number;
  readonly #keys = new InFlightKeys();
  /** Undefined: the node executes commands in the order in which it receives them. */
  #order: KeyOrder | undefined;

  /** `capacity`: a power of two, grows when needed. `first`: the sequence number of the first entry. */
  constructor(byOpaque: boolean, capacity = 64, first = 0) {
    const ring = new PendingRing(capacity, first);
    this.#ring = ring;
    this.#written = first;
    this.#byOpaque = byOpaque ? new binaryPart.loaded.PairingByOpaque(ring) : undefined;
    this.#inOrder = new PairingInOrder(ring, this.expected);
    this.#merged = new PairingMerged(ring, this.expected);
  }

  /** Entries whose reply is owed, tombstones included. */
  get length(): number {
    return this.#ring.length - this.#ring.answered;
  }

  /** Whether so many replies are in behind one that is owed that no command should be added. */
  get isHeldUp(): boolean {
    return this.#ring.answered >= mostAnswered;
  }

  /** Entries that are on the line of another one whose reply has not begun. */
  get joined(): number {
    return this.#ring.joined;
  }

  /** Entries that wait for the flush. */
  get unwritten(): number {
    return this.#ring.tail - this.#written;
  }

  /** Whether the command would overtake one of these if it were sent on another connection. */
  conflictsWith(command: Command): boolean {
    if (this.#ring.length > 0) return this.#keys.conflictsWith(command, this.#commands());
    this.#keys.clear();
    return false;
  }

  *#commands(): Iterable<Command> {
    for (let entry = this.#ring.head; entry < this.#ring.tail; entry++) yield this.#ring.commandOf(entry);
  }

  /** The commands whose callers wait for a reply. */
  *commands(): Iterable<Command> {
    const ring = this.#ring;
    for (let entry = ring.head; entry < ring.tail; entry++)
      if (ring.handlerOf(entry) !== tombstone) yield ring.commandOf(entry);
  }

  /** Whether a caller still waits for a reply. Callers of entries that timed out do not. */
  get isAwaited(): boolean {
    const ring = this.#ring;
    for (let entry = ring.head; entry < ring.tail; entry++) if (ring.handlerOf(entry) !== tombstone) return true;
    return false;
  }

  /** The opaque of the next entry. */
  get nextOpaque(): number {
    return this.#ring.tail >>> 0;
  }

  /** The node may execute commands in any order from now on: the order of those of one key is kept by barriers. */
  orderKeys(): void {
    this.#order ??= new binaryPart.loaded.KeyOrder(this.#ring);
  }

  /** The command as it is sent if it is the next entry. */
  ordered(command: Command): Command {
    return this.#order === undefined ? command : this.#order.order(command);
  }

  push(command: Command, handler: Handler): void {
    this.#ring.push(command, handler);
    this.#order?.push(command, this.#ring.tail - 1);
    this.#keys.push(command, this.#ring.length);
  }

  /** Marks the last `count` entries as written on one classic get line. */
  markMerged(count: number): void {
    this.#ring.join(count);
  }

  /** Marks all entries as written to the transport. */
  markWritten(): void {
    this.#written = this.#ring.tail;
  }

  onReply(reply: Reply): void {
    const ring = this.#ring;
    if (this.#byOpaque !== undefined) this.#byOpaque.pair(reply);
    else if (ring.left >= 0) this.#merged.pair(reply);
    else if (ring.length === 0) throw unexpected(reply);
    else if (ring.spanOf(ring.head) > 0) this.#merged.pair(reply);
    else this.#inOrder.pair(reply);
  }

  /**
   * Ends the handlers of entries whose deadline has passed, leaves tombstones, and returns their number. All count
   * as sent: an entry that is not written yet stands between others in the writer and will be written.
   */
  expire(scan: Pick<DeadlineScan, 'isOver'>, makeError: MakeError): number {
    const ring = this.#ring;
    let count = 0;
    for (let entry = ring.head; entry < ring.tail; entry++) {
      const handler = ring.handlerOf(entry);
      const command = ring.commandOf(entry);
      if (handler === tombstone || !scan.isOver(command.deadline)) continue;
      ring.abandon(entry);
      count++;
      handler.onError(makeError(command, true));
    }
    return count;
  }

  /**
   * Ends every entry with an error. Returns the number of callers that received the error. Entries that were not
   * written go to `spare` instead, if it is given.
   */
  failAll(makeError: MakeError, spare?: (command: Command, handler: Handler) => void): number {
    const ring = this.#ring;
    this.#merged.stop();
    let count = 0;
    while (ring.length > 0) {
      const command = ring.commandOf(ring.head);
      const handler = ring.handlerOf(ring.head);
      const isSent = ring.head < this.#written;
      ring.drop();
      if (handler === tombstone) continue;
      if (!isSent && spare !== undefined) {
        spare(command, handler);
        continue;
      }
      count++;
      handler.onError(makeError(command, isSent));
    }
    return count;
  }

  /**
   * Called when the decoder has a value and no key is expected: expects the keys of the get to which the value belongs.
   */
  #expectNext(): void {
    const ring = this.#ring;
    if (ring.left < 0) {
      if (ring.length === 0) return;
      const { keys } = ring.commandOf(ring.head);
      if (keys !== undefined) {
        this.#inOrder.expect(keys);
        return;
      }
      if (ring.spanOf(ring.head) === 0) return;
      this.#merged.begin();
    }
    this.#merged.expect();
  }
}
