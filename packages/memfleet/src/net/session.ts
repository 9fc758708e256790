/**
 * One accepted connection: bytes in, commands to the dispatcher, answers out IN ORDER.
 *
 *   transport ─chunk─▶ decoder ─command─▶ [backlog] ─▶ dispatcher
 *                                            │             │ answered at once, nothing pending: encoded into the host's writer
 *                     over a bound: waits, and│             ▼
 *                     the transport is paused │          host.writer ─────────────────────────────▶ ONE write per chunk
 *                                             ▼             ▲
 *                              slots [ a  b  c  d ]         │
 *                                      ▲     └ answered early: its bytes wait in the slot
 *                                      └ head: answered ─▶ ready bytes ─ end of the turn ─▶ host.writer ─▶ one write
 *
 * The first byte tells the dialect: 0x80 is binary, anything else text and meta. The path of a command that is answered at once makes no object but the
 * Command: one Slot is used again and again.
 *
 * What ends a session: the client's end or `quit`, a fault that says so, `finish` – then what is under way is answered first –, and `destroy`.
 */
import { Fifo } from '../base/fifo.ts';
import { Command } from '../command.ts';
import { swallow } from '../dispatcher.ts';
import { type MemcacheError, ProtocolError } from '../errors.ts';
import type { Codec, CommandSink, Decoder } from '../protocol/codec.ts';
import type { Reply } from '../reply.ts';
import { answerError } from './error-answer.ts';
import { judge } from './session-auth.ts';
import type { Flushable, SessionHost } from './session-host.ts';
import { Slot, type SlotOwner } from './slot.ts';
import type { Transport, TransportEvents } from './transport.ts';

const binaryMagic = 0x80;

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
  /** The transport holds more than it should; it will drain. */
  #isClogged = false;
  #isScheduled = false;
  /** Answered at once, ready for the next command. */
  #spare: Slot | undefined;
  /** Commands under way, in order. */
  #slots: Fifo<Slot> | undefined;
  /** Commands that wait for a bound. */
  #backlog: Fifo<Command> | undefined;
  /** Bytes of answers whose turn has come, to be written at the end of the turn. */
  #ready: Uint8Array[] | undefined;
  /** Bytes in `#ready` and in slots. */
  #heldBytes = 0;
  /** See `watch`. */
  #isActive = true;
  #quietMs = 0;
  #lastBuffered = 0;

  constructor(host: SessionHost, onClosed: (session: Session) => void) {
    this.#host = host;
    this.#onClosed = onClosed;
    this.#isAdmitted = host.authenticate === undefined;
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
    this.#isActive = true;
    this.#host.counters.bytesRead += chunk.length;
    if (this.#state !== 'open' || chunk.length === 0) return;
    const decoder = (this.#decoder ??= this.#detect(chunk[0] as number));
    if (decoder === undefined) {
      this.#refuse();
      return;
    }
    this.#beginWriting();
    try {
      decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) this.#host.counters.internalErrors++;
      this.#refuse();
    }
    this.#endWriting();
  }

  onDrain(): void {
    this.#isActive = true;
    this.#isClogged = false;
    if (!this.#isWriting) this.#goOn();
  }

  onEnd(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#endIfDone();
  }

  onClose(): void {
    this.#drop();
    this.#onClosed(this);
  }

  /** Nobody wants the answers any more. */
  #drop(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const slots = this.#slots;
    for (let slot = slots?.shift(); slot !== undefined; slot = slots?.shift()) {
      slot.state = 'done';
      slot.command.cancelled = true;
    }
    this.#backlog = undefined;
    this.#ready = undefined;
    this.#heldBytes = 0;
    this.#decoder = undefined;
  }

  /** The codec that the first byte asks for; undefined when the host does not speak it. */
  #detect(first: number): Decoder | undefined {
    const host = this.#host;
    this.#codec = first === binaryMagic ? host.binary : host.ascii;
    return this.#codec?.commandDecoder(this, host.limits);
  }

  /** The bytes are no protocol: what was asked before is answered, then it ends. */
  #refuse(): void {
    this.#host.counters.protocolErrors++;
    this.finish();
  }

  // --- commands

  onCommand(command: Command): void {
    if (this.#state !== 'open') return;
    if (this.#isFull() || this.#isBehind()) {
      (this.#backlog ??= new Fifo()).push(command);
      if (!this.#isPaused) {
        this.#isPaused = true;
        this.#transport?.pause();
      }
    } else this.#execute(command);
  }

  #isBehind(): boolean {
    return this.#backlog !== undefined && this.#backlog.length > 0;
  }

  #isFull(): boolean {
    const { maxInFlight, softOutput } = this.#host.bounds;
    return (
      this.#isClogged ||
      (this.#slots !== undefined && this.#slots.length >= maxInFlight) ||
      this.#heldBytes > softOutput
    );
  }

  #execute(command: Command): void {
    const slot = this.#begin(command);
    const verb = command.verb;
    const isOurs = !this.#isAdmitted || verb === 'invalid' || verb === 'quit' || verb === 'packet';
    if (!isOurs || !this.#answerItself(command, slot)) this.#host.dispatcher.dispatch(command, slot);
    if (slot.state === 'direct') {
      slot.state = 'queued';
      (this.#slots ??= new Fifo()).push(slot);
      this.#spare = undefined;
    }
  }

  /** A slot for the command: the spare one when nothing stands before, else a new one at the end of the queue. */
  #begin(command: Command): Slot {
    const slots = this.#slots;
    if ((slots === undefined || slots.length === 0) && this.#ready === undefined) {
      const spare = (this.#spare ??= new Slot(this, command));
      spare.command = command;
      spare.state = 'direct';
      return spare;
    }
    const slot = new Slot(this, command);
    slot.state = 'queued';
    (slots ?? (this.#slots = new Fifo())).push(slot);
    return slot;
  }

  /** Commands that concern the session. False: it is none of them. */
  #answerItself(command: Command, slot: Slot): boolean {
    const { authenticate, reply } = this.#host;
    if (authenticate !== undefined && this.#answerLogin(command, slot)) return true;
    if (command.verb === 'quit') {
      this.#close();
      this.onSlotReply(slot, reply.reset('ok'));
      return true;
    }
    const fault = command.fault;
    if (command.verb !== 'invalid' || fault === undefined) return false;
    if (fault.forget === true) this.#forget(command);
    if (fault.close) this.#close();
    this.onSlotReply(slot, reply.setError(fault.kind, fault.message, fault.status));
    return true;
  }

  #answerLogin(command: Command, slot: Slot): boolean {
    const { authenticate, reply, counters } = this.#host;
    if (authenticate === undefined) return false;
    const verdict = judge(command, this.#isAdmitted, authenticate, reply);
    if (verdict === 'pass') return false;
    if (verdict === 'admitted') this.#isAdmitted = true;
    if (verdict === 'admitted' || verdict === 'failed') counters.authentications++;
    if (verdict === 'failed') counters.authenticationFailures++;
    if (verdict === 'refused') this.#close();
    this.onSlotReply(slot, reply);
    return true;
  }

  /** A set that was refused for its size must not leave the old value, which its sender believes to be replaced. */
  #forget(command: Command): void {
    const deletion = new Command('delete', command.key);
    deletion.quiet = true;
    this.#host.dispatcher.dispatch(deletion, swallow);
  }

  /** No further command counts, those that wait included. */
  #close(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#backlog = undefined;
  }

  // --- answers

  onSlotReply(slot: Slot, reply: Reply): void {
    const codec = this.#codec;
    if (slot.state === 'direct' && this.#isWriting) {
      const { writer } = this.#host;
      codec?.encodeReply(reply, slot.command, writer);
      if (reply.part !== 'item') slot.state = 'done';
      if (writer.length > flushAt) this.#flush();
    } else if (slot.state !== 'done') this.#answerLater(slot, reply);
  }

  onSlotError(slot: Slot, error: MemcacheError): void {
    this.onSlotReply(slot, answerError(this.#host.reply, error));
  }

  #answerLater(slot: Slot, reply: Reply): void {
    const { aside, bounds } = this.#host;
    this.#codec?.encodeReply(reply, slot.command, aside);
    this.#heldBytes += aside.length;
    const chunks = aside.take();
    aside.release(false);
    const own = (slot.chunks ??= []);
    for (const chunk of chunks) own.push(chunk);
    if (reply.part !== 'item') slot.state = 'done';
    if (this.#heldBytes > bounds.hardOutput) {
      this.#kickSlow();
      return;
    }
    this.#advance();
  }

  /** Takes what the head of the queue has, and the next when it is answered, and so on. */
  #advance(): void {
    const slots = this.#slots;
    if (slots === undefined) return;
    for (let head = slots.peek(); head !== undefined; head = slots.peek()) {
      this.#takeChunks(head);
      if (head.state !== 'done') break;
      slots.shift();
    }
    if (this.#isWriting || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#host.schedule(this);
  }

  #takeChunks(slot: Slot): void {
    if (slot.chunks === undefined) return;
    const ready = (this.#ready ??= []);
    for (const chunk of slot.chunks) ready.push(chunk);
    slot.chunks = undefined;
  }

  flushLater(): void {
    this.#isScheduled = false;
    if (this.#state !== 'closed') this.#goOn();
  }

  // --- writing

  #beginWriting(): void {
    this.#isWriting = true;
    if (this.#ready !== undefined) this.#takeReady();
  }

  #endWriting(): void {
    this.#flush();
    this.#isWriting = false;
    if (this.#state === 'finishing') this.#endIfDone();
  }

  #takeReady(): void {
    const { writer } = this.#host;
    for (const chunk of this.#ready ?? []) {
      this.#heldBytes -= chunk.length;
      writer.bytes(chunk);
    }
    this.#ready = undefined;
  }

  #flush(): void {
    const { writer, counters, bounds } = this.#host;
    if (this.#ready !== undefined) this.#takeReady();
    const length = writer.length;
    if (length === 0) return;
    const transport = this.#transport;
    if (transport === undefined || this.#state === 'closed') {
      writer.clear();
      return;
    }
    counters.bytesWritten += length;
    const isWritable = transport.write(writer.take());
    writer.release(transport.isFlushed);
    if (isWritable) return;
    const held = transport.bufferedBytes;
    if (held > bounds.hardOutput) this.#kickSlow();
    else if (held > bounds.softOutput) this.#isClogged = true;
  }

  /** Answers are out or may go out: executes what waited, writes, and reads on when all bounds allow. */
  #goOn(): void {
    this.#beginWriting();
    while (this.#isBehind() && !this.#isFull()) this.#execute(this.#backlog?.shift() as Command);
    this.#endWriting();
    if (!this.#isPaused || this.#isFull() || this.#isBehind()) return;
    this.#isPaused = false;
    this.#transport?.resume();
  }

  /** Ends when all that was asked is answered and written. */
  #endIfDone(): void {
    if (this.#state !== 'finishing' || this.#isWriting || this.#ready !== undefined) return;
    if (this.#isBehind()) return;
    if (this.#slots !== undefined && this.#slots.length > 0) return;
    this.#state = 'ended';
    this.#decoder = undefined;
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
    const { idleTimeout, stallTimeout, lingerTimeout } = this.#host.bounds;
    const buffered = this.#transport?.bufferedBytes ?? 0;
    const isBusy = this.#slots !== undefined && this.#slots.length > 0 && buffered === 0;
    if (this.#isActive || isBusy || buffered < this.#lastBuffered) this.#quietMs = 0;
    else this.#quietMs += ms;
    this.#isActive = false;
    this.#lastBuffered = buffered;
    if (buffered > 0) {
      if (this.#quietMs >= stallTimeout) this.#kickSlow();
    } else if (this.#state === 'ended') {
      if (this.#quietMs >= lingerTimeout) this.destroy();
    } else if (idleTimeout > 0 && this.#quietMs >= idleTimeout) {
      this.#host.counters.idleKicks++;
      this.finish();
    }
  }
}
