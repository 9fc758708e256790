/**
 * One accepted connection: bytes in, commands to the dispatcher, answers out IN ORDER.
 *
 *   transport ─chunk─▶ decoder ─command─▶ [backlog] ─▶ dispatcher
 *                                            │             │ answered at once, nothing pending: encoded into the host's writer
 *                     over a bound: waits, and│             ▼
 *                     the transport is paused │          host.writer ─────────────────────────────▶ ONE write per chunk
 *                                             ▼
 *                              slots [ a  b  c  d ]
 *                                      ▲     └ answered early: its bytes wait in the slot
 *                                      └ head: answered ─▶ outbox ─ end of the turn ─▶ ONE write per turn
 *
 * The first byte tells the dialect: 0x80 is binary, anything else text and meta. The path of a command that is answered at once makes no object but the
 * Command: one Slot is used again and again. That of a command that is answered later makes a Slot, and a byte string that joins others.
 *
 * What ends a session: the client's end or `quit`, a fault that says so, `finish` – then what is under way is answered first –, and `destroy`.
 */
import type { Command } from '../command.ts';
import { type MemcacheError, ProtocolError } from '../errors.ts';
import type { Codec, CommandSink, Decoder } from '../protocol/codec.ts';
import type { Reply } from '../reply.ts';
import { AnswerWindow } from './answer-window.ts';
import { Backlog } from './backlog.ts';
import { Delivery } from './delivery.ts';
import { largeValueOf, Reception } from './intake.ts';
import { Outbox } from './outbox.ts';
import { answerItself } from './own-answer.ts';
import type { Flushable, SessionHost } from './session-host.ts';
import { Silence } from './silence.ts';
import { SlotQueue } from './slot-queue.ts';
import { Slot, type SlotOwner } from './slot.ts';
import type { Transport, TransportEvents } from './transport.ts';
import { Unread } from './unread.ts';

/** In the middle of a chunk answers are written when there are this many bytes of them. */
const flushAt = 256 * 1024;

/** See the head of this file. */
export class Session implements TransportEvents, CommandSink, SlotOwner, Flushable {
  readonly #host: SessionHost;
  readonly #onClosed: (session: Session) => void;
  #transport: Transport | undefined;
  #codec: Codec | undefined;
  #decoder: Decoder | undefined;
  #state: 'open' | 'finishing' | 'ended' | 'closed' = 'open';
  /** The host's writer is ours now. */
  #isWriting = false;
  #isAdmitted: boolean;
  #isPaused = false;
  #isScheduled = false;
  /** Answered at once, ready for the next command. */
  #spare: Slot | undefined;
  readonly #slots: SlotQueue;
  /** Commands that wait for a bound. */
  #backlog: Backlog | undefined;
  /** What came while the throttle was full. */
  #unread: Unread | undefined;
  readonly #delivery: Delivery;
  readonly #window: AnswerWindow;
  /** The large value that is being received, if there ever was one. */
  #reception: Reception | undefined;
  readonly #silence = new Silence();

  constructor(host: SessionHost, onClosed: (session: Session) => void) {
    this.#host = host;
    this.#onClosed = onClosed;
    this.#isAdmitted = host.authenticate === undefined;
    this.#slots = new SlotQueue(host.throttle);
    this.#delivery = new Delivery(host);
    this.#window = new AnswerWindow(host.bounds.softOutput);
  }

  /** The transport that has this session as its events. Once, before anything happens on it. */
  attach(transport: Transport): void {
    this.#transport = transport;
  }

  /** Takes no further request, answers those under way, then ends. */
  finish(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#endIfDone();
  }

  /** Drops the connection and everything under way now. */
  destroy(): void {
    if (this.#state === 'closed') return;
    this.#drop();
    this.#transport?.destroy();
  }

  // --- what the transport tells

  onData(chunk: Uint8Array): void {
    this.#silence.end();
    this.#host.counters.bytesRead += chunk.length;
    if (this.#state !== 'open' || chunk.length === 0) return;
    const { throttle } = this.#host;
    if (throttle !== undefined && (this.#unread?.isWaiting === true || throttle.mustWait(chunk.length))) {
      this.#unread ??= new Unread(throttle, (bytes, hasEnded) => this.#readLate(bytes, hasEnded));
      if (this.#unread.add(chunk)) this.#pause();
    } else this.#read(chunk);
  }

  #readLate(bytes: Uint8Array, hasEnded: boolean): void {
    if (this.#state === 'open') this.#read(bytes);
    if (hasEnded) this.finish();
    this.#resumeIfFree();
  }

  #read(chunk: Uint8Array): void {
    const decoder = (this.#decoder ??= this.#detect(chunk[0] as number));
    this.#delivery.writeOutbox(this.#transport);
    this.#isWriting = true;
    try {
      if (decoder === undefined) throw new ProtocolError('a protocol that is not spoken here');
      decoder.push(chunk);
      const target = decoder.target();
      if (target !== undefined) this.#receive(target.length);
    } catch (error) {
      if (!(error instanceof ProtocolError)) this.#host.counters.internalErrors++;
      this.#refuse();
    }
    this.#endWriting();
  }

  onDrain(): void {
    this.#silence.end();
    this.#delivery.isClogged = false;
    if (!this.#isWriting) this.#goOn();
  }

  onEnd(): void {
    if (this.#unread?.end() !== true) this.finish();
  }

  onClose(): void {
    this.#drop();
    this.#onClosed(this);
  }

  /** Nobody wants the answers any more. */
  #drop(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reception?.end();
    this.#slots.drop(this.#host.intake);
    this.#backlog?.clear(this.#host.intake);
    this.#unread?.forget();
    this.#delivery.drop();
    this.#decoder = undefined;
  }

  /** Undefined when the host does not speak what the first byte asks for. */
  #detect(first: number): Decoder | undefined {
    this.#codec = this.#host.codecFor(first);
    return this.#codec?.commandDecoder(this, this.#host.limits, this.#host.texts);
  }

  /** The bytes are no protocol: what was asked before is answered, then it ends. */
  #refuse(): void {
    this.#host.counters.protocolErrors++;
    this.finish();
  }

  /** A large value is under way: it is read on when the intake has room. */
  #receive(bytes: number): void {
    this.#reception ??= new Reception(this.#host.intake, () => this.#resumeIfFree());
    this.#reception.begin(bytes);
    if (this.#reception.state === 'waiting') this.#pause();
  }

  // --- commands

  onCommand(command: Command): void {
    if (this.#state !== 'open') return;
    // From now on the command's own length is what counts, until it is answered.
    if (typeof command.value !== 'string') this.#host.intake.add(largeValueOf(command));
    this.#reception?.end();
    if (this.#isFull() || this.#isBehind()) {
      (this.#backlog ??= new Backlog(this.#host.throttle)).push(command);
      this.#pause();
    } else this.#execute(command);
  }

  #isBehind(): boolean {
    return this.#backlog !== undefined && this.#backlog.length > 0;
  }

  /** At a bound. */
  #isFull(): boolean {
    const { maxInFlight, softOutput } = this.#host.bounds;
    const load = this.#slots.load;
    return (
      this.#delivery.isClogged ||
      load >= maxInFlight ||
      this.#delivery.heldBytes > softOutput ||
      this.#window.isFull(load, softOutput)
    );
  }

  #execute(command: Command): void {
    const slot = this.#begin(command);
    if (this.#host.observe !== undefined) slot.since = this.#host.clock.now();
    const verb = command.verb;
    const isOurs = !this.#isAdmitted || verb === 'invalid' || verb === 'quit' || verb === 'packet';
    if (!isOurs || !this.#answerItself(command, slot)) this.#host.dispatcher.dispatch(command, slot);
    if (slot.state === 'direct') {
      slot.state = 'queued';
      this.#slots.push(slot);
      this.#spare = undefined;
    }
  }

  /** A slot for the command: the spare one when nothing stands before, else a new one at the end of the queue. */
  #begin(command: Command): Slot {
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

  /** False: the command does not concern the session. */
  #answerItself(command: Command, slot: Slot): boolean {
    const outcome = answerItself(command, this.#isAdmitted, this.#host);
    if (outcome === 'pass') return false;
    if (outcome === 'admitted') this.#isAdmitted = true;
    if (outcome === 'close') this.#close();
    this.onSlotReply(slot, this.#host.reply);
    return true;
  }

  /** No further command counts, those that wait included. */
  #close(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#backlog?.clear(this.#host.intake);
  }

  // --- answers

  onSlotReply(slot: Slot, reply: Reply): void {
    const state = slot.state;
    if (state === 'done') return;
    const host = this.#host;
    if (reply.part !== 'item') {
      slot.state = 'done';
      host.observe?.(slot.command, reply, host.clock.now() - slot.since, slot.items);
      if (typeof slot.command.value !== 'string') host.intake.leave(largeValueOf(slot.command));
    } else slot.items++;
    if (state === 'direct' && this.#isWriting) {
      this.#codec?.encodeReply(reply, slot.command, host.writer);
      if (host.writer.length > flushAt) this.#delivery.writeDirect(this.#transport);
    } else if (!this.#answerLone(slot, reply)) this.#answerLater(slot, reply);
  }

  onSlotError(slot: Slot, error: MemcacheError): void {
    if (slot.state === 'done') return;
    const { reply, explain } = this.#host;
    this.onSlotReply(slot, explain(reply, error, slot.command));
  }

  /** The only answer under way waits for no other: it is written now. False: it is not that. */
  #answerLone(slot: Slot, reply: Reply): boolean {
    const transport = this.#transport;
    const isLone = slot === this.#slots.head && slot.next === undefined && reply.part === 'whole';
    if (!isLone || this.#isWriting || transport === undefined || !this.#delivery.mayWrite) return false;
    this.#window.learn(this.#delivery.writeLone(reply, slot.command, this.#codec, transport));
    this.#slots.shift();
    if (this.#delivery.isOver(transport)) this.#kickSlow();
    else if (this.#isPaused || this.#state !== 'open') this.#schedule();
    return true;
  }

  #answerLater(slot: Slot, reply: Reply): void {
    const isNext = slot === this.#slots.head;
    const box = isNext ? undefined : (slot.held ??= new Outbox());
    this.#window.learn(this.#delivery.add(reply, slot.command, this.#codec, box));
    if (this.#delivery.isOver(this.#transport)) {
      this.#kickSlow();
      return;
    }
    if (!isNext) return;
    if (slot.state === 'done') this.#advance();
    if (!this.#isWriting) this.#schedule();
  }

  /** The head is answered: takes what the next has, and the next behind it when it is answered as well, and so on. */
  #advance(): void {
    const slots = this.#slots;
    do {
      slots.shift();
      const held = slots.head?.held;
      if (held !== undefined) this.#delivery.append(held);
    } while (slots.head !== undefined && slots.head.state === 'done');
  }

  flushLater(): void {
    this.#isScheduled = false;
    if (this.#state !== 'closed') this.#goOn();
  }

  // --- writing

  #endWriting(): void {
    const isClosed = this.#state === 'closed';
    this.#delivery.writeDirect(isClosed ? undefined : this.#transport);
    this.#isWriting = false;
    if (isClosed) return;
    this.#backlog?.count(!this.#delivery.isClogged);
    if (this.#delivery.isOver(this.#transport)) this.#kickSlow();
    else if (!this.#delivery.isEmpty) this.#schedule();
    if (this.#state === 'finishing') this.#endIfDone();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#host.schedule(this);
  }

  /** Answers are out or may go out: writes, executes what waited, and reads on when all bounds allow. */
  #goOn(): void {
    this.#delivery.writeOutbox(this.#transport);
    this.#isWriting = true;
    while (this.#isBehind() && !this.#isFull()) this.#execute(this.#backlog?.shift() as Command);
    this.#endWriting();
    this.#resumeIfFree();
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#transport?.pause();
  }

  #resumeIfFree(): void {
    if (!this.#isPaused || this.#isHeldUp || this.#isFull() || this.#isBehind()) return;
    this.#isPaused = false;
    this.#transport?.resume();
  }

  /** It is we who do not read on. */
  get #isHeldUp(): boolean {
    return this.#unread?.isWaiting === true || this.#reception?.state === 'waiting';
  }

  /** Ends when all that was asked is answered and written. */
  #endIfDone(): void {
    if (this.#state !== 'finishing' || this.#isWriting || !this.#delivery.isEmpty) return;
    if (this.#isBehind() || this.#slots.head !== undefined) return;
    this.#state = 'ended';
    this.#decoder = undefined;
    this.#unread?.forget();
    const transport = this.#transport;
    transport?.end();
    // What the client still sends is read and dropped: left unread, it would turn our end into a reset, which can take the last answer with it.
    if (this.#isPaused) transport?.resume();
    this.#isPaused = false;
  }

  #kickSlow(): void {
    this.#host.counters.slowKicks++;
    this.destroy();
  }

  // --- time

  /** Told by the listener's one timer that `ms` went by since the last time. */
  watch(ms: number): void {
    if (this.#state === 'closed') return;
    this.#slots.ownAnswers();
    const { idleTimeout, stallTimeout, lingerTimeout } = this.#host.bounds;
    const buffered = this.#transport?.bufferedBytes ?? 0;
    const isBusy = (this.#slots.head !== undefined && buffered === 0) || this.#isHeldUp;
    const quiet = this.#silence.count(ms, buffered, isBusy);
    if (buffered > 0 || (this.#reception?.state === 'admitted' && this.#state === 'open')) {
      if (quiet >= stallTimeout) this.#kickSlow();
    } else if (this.#state === 'ended') {
      if (quiet >= lingerTimeout) this.destroy();
    } else if (idleTimeout > 0 && quiet >= idleTimeout) {
      this.#host.counters.idleKicks++;
      this.finish();
    }
  }
}
