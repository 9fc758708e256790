/**
 * One accepted connection: bytes in, commands to the dispatcher, replies out.
 *
 *   transport ─chunk─▶ [requests] ─ turn ─▶ decoder ─command─▶ dispatcher ─reply─▶ ReplyWriter ─▶ transport
 *                          ▲
 *                          └ over a bound, or the turn is over: undecoded bytes wait here; the transport is paused
 *
 * The first byte selects the dialect: 0x80 is binary, anything else text and meta. A get of more keys than there is
 * room for is executed piece by piece: see KeyRun.
 *
 * A session ends by the client's end or `quit`, by a fault that closes it, by `finish` (after the replies to the
 * commands in flight), and by `destroy`.
 */
import type { Command } from '../core/command.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Transport, TransportEvents } from '../net/transport.ts';
import type { CommandDecoder, CommandSink } from '../protocol/codec.ts';
import { KeyRun } from './key-run.ts';
import { LoginGate } from './login-gate.ts';
import { largeValueOf, Reservation } from './memory-budget.ts';
import type { PendingReply } from './pending-reply.ts';
import { ReplyWriter, type ReplyWriterOwner } from './reply-writer.ts';
import { RequestQueue } from './request-queue.ts';
import { executeSessionCommand, sessionVerbs } from './session-commands.ts';
import type { SessionContext } from './session-context.ts';
import { SessionTimeouts } from './session-timeouts.ts';

/** Requests that take more before they are complete are counted by the memory budget. */
const smallRequest = 4 * 1024;

const nothing = new Uint8Array(0);

/** Why a connection ends, in the words of `watch connevents`. */
export type CloseReason = 'error' | 'normal' | 'idle_timeout';

/** One accepted connection of a client. */
export class Session implements TransportEvents, CommandSink, ReplyWriterOwner {
  readonly #context: SessionContext;
  readonly #onClosed: (session: Session) => void;
  #transport: Transport | undefined;
  #decoder: CommandDecoder | undefined;
  #state: 'open' | 'finishing' | 'ended' | 'closed' = 'open';
  readonly #admission: LoginGate;
  #isPaused = false;
  readonly #replies: ReplyWriter;
  /** The requests that wait for a bound, or for their turn. */
  #requests: RequestQueue | undefined;
  /** The reservation of the large value that is being received, if there ever was one. */
  #reservation: Reservation | undefined;
  readonly #timeouts = new SessionTimeouts();
  /** The number of commands received. */
  #commands = 0;
  closeReason: CloseReason = 'error';

  /** Its number in `stats conns` and the lines of `watch`. */
  get number(): number {
    return this.#replies.connection;
  }
  set number(number: number) {
    this.#replies.connection = number;
  }

  /** The address of its client. */
  get remote(): string {
    return this.#transport?.remote ?? 'unix:';
  }

  /** Its current state, in memcached's words. */
  get situation(): string {
    if (this.#replies.isWriting) return 'conn_parse_cmd';
    if (this.#replies.isEndless) return 'conn_watch';
    if (this.#state !== 'open') return 'conn_closing';
    return (this.#decoder?.unfinished ?? 0) > 0 ? 'conn_nread' : 'conn_read';
  }

  /** The time since the client sent something, in milliseconds. */
  get idleTime(): number {
    return this.#context.clock.now() - this.#timeouts.activeAt;
  }

  constructor(context: SessionContext, onClosed: (session: Session) => void) {
    this.#context = context;
    this.#timeouts.receive(context.clock.now());
    this.#onClosed = onClosed;
    this.#admission = new LoginGate(context, () => this.#resume());
    this.#replies = new ReplyWriter(context, this);
  }

  /** Attaches the transport whose events go to this session. Called once, before its first event. */
  attach(transport: Transport): void {
    this.#transport = transport;
    this.#replies.transport = transport;
  }

  /** Accepts no further request, replies to those in flight, then ends. */
  finish(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#requests?.dropBytes();
    this.#replies.endEndless();
    this.#resume();
  }

  /** Drops the connection and everything in flight now. */
  destroy(): void {
    if (this.#state === 'closed') return;
    this.#drop();
    this.#transport?.destroy();
  }

  onData(chunk: Uint8Array): void {
    this.#timeouts.receive(this.#context.clock.now());
    this.#context.counters.bytesRead += chunk.length;
    if (this.#state !== 'open' || chunk.length === 0) return;
    const { admission, turns } = this.#context;
    const bytes = chunk.length;
    const isHeldUp = this.#isBehind || this.#replies.isFull || this.#admission.isPausing;
    if (isHeldUp || admission?.mustWait(bytes) === true || turns.mustWait(bytes)) {
      this.#later.add(chunk);
      this.#resume();
    } else this.#takeTurn(chunk, true);
  }

  get #later(): RequestQueue {
    return (this.#requests ??= new RequestQueue(this.#context, () =>
      this.#takeTurn(this.#requests?.take() ?? nothing, false),
    ));
  }

  /**
   * Executes the waiting requests, then commands of the chunk, as long as bounds and turn allow. `isBorrowed`: the
   * chunk will be overwritten.
   */
  #takeTurn(chunk: Uint8Array, isBorrowed: boolean): void {
    this.#context.turns.begin();
    this.#replies.beginWriting();
    try {
      const taken = this.#runKeys() && this.#state === 'open' && !this.#replies.isFull ? this.#decode(chunk) : 0;
      if (taken < chunk.length && this.#state === 'open') {
        this.#context.turns.yields++;
        const rest = chunk.subarray(taken);
        if (isBorrowed) this.#later.add(rest);
        else this.#later.putBack(rest);
      }
    } catch (error) {
      // A protocol error: earlier requests receive their replies, then the session ends.
      if (!(error instanceof ProtocolError)) this.#context.counters.internalErrors++;
      this.#context.counters.protocolErrors++;
      this.finish();
    }
    this.#replies.endWriting(this.#state === 'closed');
    if (this.#requests !== undefined || this.#state !== 'open') this.#resume();
  }

  /** Returns the number of bytes consumed. */
  #decode(chunk: Uint8Array): number {
    if (chunk.length === 0) return 0;
    const decoder = (this.#decoder ??= this.#detect(chunk[0] as number));
    if (decoder === undefined) throw new ProtocolError('a protocol that is not enabled here');
    const taken = decoder.push(chunk);
    if (decoder.unfinished > smallRequest) this.#receive(decoder.unfinished);
    return taken;
  }

  onDrain(): void {
    this.#timeouts.end();
    this.#replies.onDrain();
  }

  onEnd(): void {
    if (this.#state === 'open') this.closeReason = 'normal';
    if (this.#requests !== undefined && this.#isBehind) this.#requests.hasEnded = true;
    else this.finish();
  }

  onClose(): void {
    this.#drop();
    this.#onClosed(this);
  }

  /** The client is gone: replies are dropped. */
  #drop(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reservation?.end();
    this.#replies.drop();
    this.#requests?.drop();
    this.#admission.end();
    this.#decoder = undefined;
  }

  /** Undefined when the protocol of the first byte is not enabled. */
  #detect(first: number): CommandDecoder | undefined {
    const codec = this.#context.codecFor(first);
    this.#replies.codec = codec;
    return codec?.commandDecoder(this, this.#admission.limits, this.#context.texts, this.#context.allocate);
  }

  /** A large value is in progress: reading continues when the memory budget has room. */
  #receive(bytes: number): void {
    this.#reservation ??= new Reservation(this.#context.memoryBudget, () => this.#resume());
    this.#reservation.begin(bytes);
    if (this.#reservation.state === 'waiting') this.#pause();
  }

  onCommand(command: Command): boolean {
    if (this.#state !== 'open') return false;
    this.#commands++;
    // From now on the budget counts the command's own length, until its reply.
    if (typeof command.value !== 'string') this.#context.memoryBudget.add(largeValueOf(command));
    this.#reservation?.end();
    const { keys } = command;
    if (keys === undefined) this.#execute(command);
    else if (keys.length <= this.#replies.roomForKeys) this.#executeKeys(command, keys.length);
    else {
      this.#later.keys = new KeyRun(command, keys);
      return this.#runKeys();
    }
    return !this.#context.turns.spend(command) && this.#state === 'open' && !this.#replies.isFull;
  }

  /** Executes waiting keys, as many as bounds and turn allow. True: none are left. */
  #runKeys(): boolean {
    const run = this.#requests?.keys;
    if (run === undefined || this.#requests === undefined) return true;
    const { turns } = this.#context;
    while (run.length > 0) {
      if (this.#state === 'closed' || this.#replies.isFull || turns.isOver) return false;
      const count = Math.min(run.length, this.#replies.roomForKeys);
      const piece = run.next(count);
      this.#executeKeys(piece, count);
      turns.spend(piece);
    }
    this.#requests.keys = undefined;
    return !turns.isOver && !this.#replies.isFull;
  }

  #executeKeys(command: Command, count: number): void {
    const before = this.#replies.bytesWritten;
    this.#execute(command);
    this.#replies.learn(count, before);
  }

  get #isBehind(): boolean {
    return this.#requests !== undefined && !this.#requests.isEmpty;
  }

  #execute(command: Command): void {
    const pending = this.#replies.place(command);
    if (this.#context.observe !== undefined) pending.since = this.#context.clock.now();
    const isSessionCommand = !this.#admission.isAdmitted || sessionVerbs.has(command.verb);
    if (!isSessionCommand || !this.#executeSessionCommand(command, pending))
      this.#context.dispatcher.dispatch(command, pending);
    this.#replies.placed(pending);
  }

  /** False: the command does not concern the session. */
  #executeSessionCommand(command: Command, pending: PendingReply): boolean {
    const admission = this.#admission;
    const outcome = executeSessionCommand(command, admission.isAdmitted, this.#context, this.#replies.isStacked);
    if (outcome === 'pass') return false;
    if (outcome === 'admitted') {
      admission.isAdmitted = true;
      this.#decoder?.limit(admission.limits);
    }
    if (command.verb === 'quit' && command.fault === undefined) this.closeReason = 'normal';
    if (outcome === 'close' || (outcome === 'wrong' && !admission.fail())) this.finish();
    // After a wrong password the client is not read for a while.
    if (outcome === 'wrong') this.#context.turns.end();
    pending.onReply(this.#context.reply);
    return true;
  }

  onWritten(): void {
    this.#resume();
  }

  onLoneReply(): void {
    if (this.#isPaused || this.#state !== 'open') this.#replies.flushSoon();
  }

  onSlow(): void {
    this.#context.counters.slowKicks++;
    this.destroy();
  }

  /**
   * The one place that decides the next step, called whenever it may have changed: waiting requests ask for their turn,
   * the session ends when all replies are written, the transport is paused or resumed.
   */
  #resume(): void {
    if (this.#state === 'closed' || this.#replies.isWriting) return;
    const requests = this.#requests;
    const isFull = this.#replies.isFull || this.#admission.isPausing;
    if (requests !== undefined && !requests.isEmpty) {
      if (!isFull) requests.ask();
      if (isFull || requests.isLong) this.#pause();
    } else if (requests?.hasEnded === true && this.#state === 'open') this.finish();
    else if (this.#state === 'finishing' && this.#replies.isEmpty) this.#end();
    else if (this.#isPaused && !isFull && !this.#isHeldUp) this.#readOn();
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#transport?.pause();
  }

  #readOn(): void {
    this.#isPaused = false;
    this.#transport?.resume();
  }

  /** Reading is paused by the session, not by the client. */
  get #isHeldUp(): boolean {
    return this.#admission.isPausing || this.#requests?.isWaiting === true || this.#reservation?.state === 'waiting';
  }

  #end(): void {
    this.#state = 'ended';
    this.#decoder = undefined;
    this.#transport?.end();
    // Further input of the client is read and dropped: left unread, it would turn our end into a reset, which can lose
    // the last reply.
    if (this.#isPaused) this.#readOn();
  }

  /** Called by the listener's one timer with the time in ms since the last call. */
  watch(ms: number): void {
    if (this.#state === 'closed') return;
    this.#replies.releaseMemory();
    this.#decoder?.releaseMemory();
    const buffered = this.#transport?.bufferedBytes ?? 0;
    const situation = {
      isBusy: (this.#replies.isPending && buffered === 0) || this.#isHeldUp,
      hasEnded: this.#state === 'ended',
      buffered,
      isReceiving: this.#reservation?.state === 'admitted',
      unfinished: this.#decoder?.unfinished ?? 0,
      commands: this.#commands,
    };
    const verdict = this.#timeouts.judge(ms, situation, this.#context.bounds);
    if (verdict === 'slow') this.onSlow();
    else if (verdict === 'gone') this.destroy();
    else if (verdict === 'idle') {
      this.closeReason = 'idle_timeout';
      this.#context.counters.idleKicks++;
      this.finish();
    }
  }
}
