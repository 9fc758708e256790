/**
 * The answers of one session, IN ORDER of its commands.
 *
 *   given at once, nothing pending ─▶ host.writer ──────────────────────────────────────────▶ ONE write per turn of the session
 *
 *                              slots [ a  b  c  d ]
 *                                      ▲     └ answered early: its bytes wait in the slot
 *                                      └ head: answered ─▶ outbox ─ end of the event loop's turn ─▶ ONE write
 *
 * The path of a command that is answered at once makes no object: one Slot is used again and again. That of a command that is answered later makes a Slot, and a byte
 * string that joins others. Of the pieces of a get line only the last one says `END`, or what failed first.
 */
import type { Command, GetLine } from '../core/command.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { Transport } from '../net/transport.ts';
import type { Codec } from '../protocol/codec.ts';
import { AnswerWindow } from './answer-window.ts';
import { Delivery } from './delivery.ts';
import { largeValueOf } from './intake.ts';
import { Outbox } from './outbox.ts';
import type { SessionHost } from './session-host.ts';
import { SlotQueue } from './slot-queue.ts';
import { Slot, type SlotOwner } from './slot.ts';

/** In the middle of a turn answers are written when there are this many bytes of them, and then the turn is over. */
const flushAt = 256 * 1024;

/** Whose answers they are. */
export interface AnswersOwner {
  /** Answers wait for the end of the event loop's turn. */
  onAnswers(): void;
  /** The only command under way was answered, and the answer is written. */
  onLoneAnswer(): void;
  /** More is held for the client than it is given. */
  onSlow(): void;
}

/** See the head of this file. */
export class Answers implements SlotOwner {
  /** How answers are spelled; undefined until the first byte has told. */
  codec: Codec | undefined = undefined;
  transport: Transport | undefined = undefined;
  /** The number of the session. */
  connection = 0;
  readonly #host: SessionHost;
  readonly #owner: AnswersOwner;
  readonly #slots: SlotQueue;
  readonly #delivery: Delivery;
  readonly #window: AnswerWindow;
  /** Answered at once, ready for the next command. */
  #spare: Slot | undefined;
  /** The host's writer is ours now. */
  #isWriting = false;

  constructor(host: SessionHost, owner: AnswersOwner) {
    this.#host = host;
    this.#owner = owner;
    this.#slots = new SlotQueue(host.throttle);
    this.#delivery = new Delivery(host);
    this.#window = new AnswerWindow(host.bounds.firstInFlight);
  }

  /** Is no command under way, and no answer held here? */
  get isEmpty(): boolean {
    return this.#slots.head === undefined && this.#delivery.isEmpty;
  }

  /** Is a command under way? */
  get isPending(): boolean {
    return this.#slots.head !== undefined;
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** At a bound: no further command now. */
  get isFull(): boolean {
    const { maxInFlight, softOutput } = this.#host.bounds;
    const load = this.#slots.load;
    return (
      this.#delivery.isClogged ||
      load >= maxInFlight ||
      this.#delivery.heldBytes > softOutput ||
      this.#window.isFull(load, softOutput)
    );
  }

  /** Answers are held that the client has not read. */
  get isHolding(): boolean {
    return this.#delivery.isClogged || this.#delivery.heldBytes > this.#host.bounds.softOutput;
  }

  /** Does it wait for a command whose answer has no end? */
  get isEndless(): boolean {
    return this.#slots.head?.command.isEndless === true;
  }

  /** Commands whose answers have no end are over. */
  endEndless(): void {
    for (let head = this.#slots.head; head?.command.isEndless === true; head = this.#slots.head) {
      head.command.cancelled = true;
      head.state = 'done';
      this.#goOn(head);
    }
  }

  /** Keys of a get that may be asked now; at least one, unless `isFull`. */
  get roomForKeys(): number {
    const { maxInFlight, maxKeys, softOutput } = this.#host.bounds;
    const load = this.#slots.load;
    return Math.min(maxKeys, Math.max(1, maxInFlight - load), this.#window.room(load, softOutput));
  }

  /** The transport has drained. */
  onDrain(): void {
    this.#delivery.isClogged = false;
  }

  /** Takes the host's writer for answers that are given at once. */
  beginWriting(): void {
    this.#delivery.writeOutbox(this.transport);
    this.#isWriting = true;
  }

  /** Writes them. `isDropped`: nobody wants them. */
  endWriting(isDropped: boolean): void {
    this.#delivery.writeDirect(isDropped ? undefined : this.transport);
    this.#isWriting = false;
    if (isDropped) return;
    if (this.#delivery.isOver(this.transport)) this.#owner.onSlow();
    else if (!this.#delivery.isEmpty) this.#owner.onAnswers();
  }

  /** Writes what was given later. */
  flush(): void {
    this.#delivery.writeOutbox(this.transport);
  }

  /** Nobody wants any answer. */
  drop(): void {
    this.#slots.drop(this.#host.intake);
    this.#delivery.drop();
  }

  /** Answers that wait give back what they were cut out of. */
  own(): void {
    this.#slots.ownAnswers();
  }

  /** A place for the answer to a command: the spare slot when nothing stands before, else a new one at the end of the queue. `placed` follows when it was dispatched. */
  place(command: Command): Slot {
    if (this.#slots.head === undefined && this.#delivery.isEmpty) {
      const spare = (this.#spare ??= new Slot(this, command));
      spare.command = command;
      spare.items = 0;
      spare.state = 'direct';
      return spare;
    }
    const slot = new Slot(this, command);
    slot.state = 'queued';
    this.#slots.push(slot);
    return slot;
  }

  /** The slot's command was dispatched. */
  placed(slot: Slot): void {
    if (slot.state !== 'direct') return;
    slot.state = 'queued';
    this.#slots.push(slot);
    this.#spare = undefined;
  }

  /** Bytes of answers given at once so far, by all sessions of the host. */
  get spoken(): number {
    return this.#host.writer.length + this.#host.counters.bytesWritten;
  }

  /** A get of so many keys was dispatched, before which `before` bytes were spoken. */
  learn(keys: number, before: number): void {
    if (this.#slots.head === undefined) this.#window.learnAll(keys, this.spoken - before);
  }

  onSlotReply(slot: Slot, reply: Reply): void {
    if (reply.status === 'error' && this.#host.hides?.(reply, slot.command) === true) {
      const { reply: miss } = this.#host;
      miss.node = reply.node;
      this.#answer(slot, miss.reset('miss'));
    } else this.#answer(slot, reply);
  }

  #answer(slot: Slot, reply: Reply): void {
    const state = slot.state;
    if (state === 'done') return;
    const host = this.#host;
    if (reply.part !== 'item') {
      slot.state = 'done';
      host.observe?.(slot.command, reply, host.clock.now() - slot.since, slot.items);
      if (typeof slot.command.value !== 'string') host.intake.leave(largeValueOf(slot.command));
      if (slot.command.keys !== undefined && this.#endKeys(slot, slot.command.keys.length, reply, state)) return;
    } else slot.items++;
    if (state === 'direct' && this.#isWriting) {
      this.codec?.encodeReply(reply, slot.command, host.writer);
      if (host.writer.length > flushAt) {
        this.#delivery.writeDirect(this.transport);
        host.turns.end();
      }
    } else if (!this.#answerLone(slot, reply)) this.#answerLater(slot, reply);
  }

  onSlotError(slot: Slot, error: MemcacheError): void {
    if (slot.state === 'done') return;
    const { reply, explain } = this.#host;
    this.#answer(slot, explain(reply, error, slot.command));
  }

  /** The only answer under way waits for no other: it is written now. False: it is not that. */
  #answerLone(slot: Slot, reply: Reply): boolean {
    const { transport } = this;
    const isLone = slot === this.#slots.head && slot.next === undefined && reply.part === 'whole';
    if (!isLone || this.#isWriting || transport === undefined || !this.#delivery.mayWrite) return false;
    this.#window.learn(this.#delivery.writeLone(reply, slot.command, this.codec, transport));
    this.#slots.shift();
    if (this.#delivery.isOver(transport)) this.#owner.onSlow();
    else this.#owner.onLoneAnswer();
    return true;
  }

  #answerLater(slot: Slot, reply: Reply): void {
    const isNext = slot === this.#slots.head;
    const box = isNext ? undefined : (slot.held ??= new Outbox());
    this.#window.learn(this.#delivery.add(reply, slot.command, this.codec, box));
    if (this.#delivery.isOver(this.transport)) {
      this.#owner.onSlow();
      return;
    }
    if (isNext) this.#goOn(slot);
  }

  /** A get of many keys is answered. True: it is a piece of a line, of which nothing more is said before the turn of its last piece. */
  #endKeys(slot: Slot, keys: number, reply: Reply, state: Slot['state']): boolean {
    const { line } = slot.command;
    // A miss is an answer, too.
    if (state === 'queued') this.#window.learnAll(keys - slot.items, 0);
    if (line === undefined) return false;
    if (reply.status === 'error')
      line.failure ??= { kind: reply.errorKind, message: reply.message, status: reply.code };
    if (state === 'direct' && this.#isWriting) {
      if (line.last === slot.command) this.codec?.encodeReply(this.#endOf(line), slot.command, this.#host.writer);
    } else if (slot === this.#slots.head) this.#goOn(slot);
    return true;
  }

  #endOf({ failure }: GetLine): Reply {
    const { reply } = this.#host;
    if (failure === undefined) return reply.reset('ok', 'end');
    return reply.setError(failure.kind, failure.message, failure.status);
  }

  /** The head has got something. */
  #goOn(head: Slot): void {
    if (head.state === 'done') this.#advance();
    if (!this.#isWriting) this.#owner.onAnswers();
  }

  /** The head is answered: takes what the next has, and the next behind it when it is answered as well, and so on. */
  #advance(): void {
    const slots = this.#slots;
    do {
      const { command } = slots.head as Slot;
      slots.shift();
      if (command.line?.last === command) this.#delivery.add(this.#endOf(command.line), command, this.codec);
      const held = slots.head?.held;
      if (held !== undefined) this.#delivery.append(held);
    } while (slots.head !== undefined && slots.head.state === 'done');
  }
}
