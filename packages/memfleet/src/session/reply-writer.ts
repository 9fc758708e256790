/**
 * The replies of one session, IN ORDER of its commands.
 *
 *   immediate, nothing pending ─▶ context.writer ──────────────────────────────▶ ONE write per turn of the session
 *
 *                              replies [ a  b  c  d ]
 *                                      ▲     └ early reply: its bytes wait in the pending reply
 *                                      └ head: reply ─▶ buffer ─ end of the event loop's turn ─▶ ONE write
 *
 * A command with an immediate reply allocates no object: one PendingReply is reused. A command with a later reply
 * allocates a PendingReply, and a byte string that joins others. Of the pieces of a get line only the last one writes
 * `END`, or the first error.
 */
import type { Command, GetLine } from '../core/command.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { Transport } from '../net/transport.ts';
import type { ServerCodec } from '../protocol/codec.ts';
import { largeValueOf } from './memory-budget.ts';
import { OutputWindow } from './output-window.ts';
import { Output } from './output.ts';
import { PendingReply, type PendingReplyOwner } from './pending-reply.ts';
import { ReplyBuffer } from './reply-buffer.ts';
import { ReplyQueue } from './reply-queue.ts';
import type { Flushable, SessionContext } from './session-context.ts';

/** The number of bytes at which replies are written in the middle of a turn, which ends the turn. */
const flushAt = 256 * 1024;

/** The session to which the replies belong. */
export interface ReplyWriterOwner {
  /** All due replies are written. */
  onWritten(): void;
  /** The reply to the only command in flight is written. */
  onLoneReply(): void;
  /** More bytes are held for the client than its bound allows. */
  onSlow(): void;
}

/** The replies of one session, in the order of its commands. */
export class ReplyWriter implements PendingReplyOwner, Flushable {
  /** The codec of the replies; undefined until the first byte has arrived. */
  codec: ServerCodec | undefined = undefined;
  transport: Transport | undefined = undefined;
  /** The number of the session. */
  connection = 0;
  readonly #context: SessionContext;
  readonly #owner: ReplyWriterOwner;
  readonly #replies: ReplyQueue;
  readonly #output: Output;
  readonly #window: OutputWindow;
  /** The reusable place for commands with an immediate reply. */
  #spare: PendingReply | undefined;
  /** Whether this session holds the context's writer. */
  #isWriting = false;
  #isScheduled = false;
  /** The bytes in the context's writer that memcached would have written. */
  #unstacked = 0;

  constructor(context: SessionContext, owner: ReplyWriterOwner) {
    this.#context = context;
    this.#owner = owner;
    this.#replies = new ReplyQueue(context.admission);
    this.#output = new Output(context);
    this.#window = new OutputWindow(context.bounds.firstInFlight);
  }

  /** Whether no command is in flight and no reply is held. */
  get isEmpty(): boolean {
    return this.#replies.head === undefined && this.#output.isEmpty;
  }

  /** Whether a command is in flight. */
  get isPending(): boolean {
    return this.#replies.head !== undefined;
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Whether a bound is reached, so that no further command may begin. */
  get isFull(): boolean {
    const { maxInFlight, maxOutput } = this.#context.bounds;
    const load = this.#replies.load;
    return (
      this.#output.isClogged ||
      load >= maxInFlight ||
      this.#output.heldBytes > maxOutput ||
      this.#window.isFull(load, maxOutput)
    );
  }

  /** Whether replies are held that the client has not read. */
  get isHolding(): boolean {
    return this.#output.isClogged || this.#output.heldBytes > this.#context.bounds.maxOutput;
  }

  /** Whether replies to earlier requests of this turn wait. memcached writes that to a get at once. */
  get isStacked(): boolean {
    return this.#isWriting && this.#context.writer.length > this.#unstacked;
  }

  /** Whether it waits for a command whose reply has no end. */
  get isEndless(): boolean {
    return this.#replies.head?.command.isEndless === true;
  }

  /** Ends the commands whose replies have no end. */
  endEndless(): void {
    for (let head = this.#replies.head; head?.command.isEndless === true; head = this.#replies.head) {
      head.command.cancelled = true;
      head.state = 'done';
      this.#advanceOutput(true);
    }
  }

  /** The number of keys of a get that may be dispatched now; at least one, unless `isFull`. */
  get roomForKeys(): number {
    const { maxInFlight, maxKeys, maxOutput } = this.#context.bounds;
    const load = this.#replies.load;
    return Math.min(maxKeys, Math.max(1, maxInFlight - load), this.#window.room(load, maxOutput));
  }

  /** The transport has drained. */
  onDrain(): void {
    this.#output.isClogged = false;
    if (!this.#isWriting) this.flushLater();
  }

  /** Takes the context's writer for immediate replies. */
  beginWriting(): void {
    this.#output.writeBuffered(this.transport);
    this.#isWriting = true;
    this.#unstacked = 0;
  }

  /** Writes them and returns the writer. `isDropped`: drops them. */
  endWriting(isDropped: boolean): void {
    this.#output.writeDirect(isDropped ? undefined : this.transport);
    this.#isWriting = false;
    if (!isDropped) this.#advanceOutput(!this.#output.isEmpty);
  }

  /** Lets `flushLater` be called once when this turn of the event loop ends. */
  flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#context.schedule(this);
  }

  flushLater(): void {
    this.#isScheduled = false;
    this.#output.writeBuffered(this.transport);
    this.#advanceOutput(false);
    this.#owner.onWritten();
  }

  /** Drops all replies. */
  drop(): void {
    this.#replies.drop(this.#context.memoryBudget);
    this.#output.drop();
  }

  /** Copies the borrowed texts of waiting replies, and forgets the last command. */
  releaseMemory(): void {
    this.#replies.makeOwned();
    this.#spare = undefined;
  }

  /**
   * A place for the reply to a command: the reusable one when nothing stands before, else a new one at the end of the
   * queue. `placed` follows when the command was dispatched.
   */
  place(command: Command): PendingReply {
    if (this.#replies.head === undefined && this.#output.isEmpty) {
      const spare = (this.#spare ??= new PendingReply(this, command));
      spare.command = command;
      spare.items = 0;
      spare.state = 'direct';
      return spare;
    }
    const pending = new PendingReply(this, command);
    pending.state = 'queued';
    this.#replies.push(pending);
    return pending;
  }

  /** The pending reply's command was dispatched. */
  placed(pending: PendingReply): void {
    if (pending.state !== 'direct') return;
    pending.state = 'queued';
    this.#replies.push(pending);
    this.#spare = undefined;
  }

  /** The number of bytes of immediate replies so far, by all sessions of the context. */
  get bytesWritten(): number {
    return this.#context.writer.length + this.#context.counters.bytesWritten;
  }

  /** A get of `keys` keys was dispatched; `before`: the value of `bytesWritten` before it. */
  learn(keys: number, before: number): void {
    if (this.#replies.head === undefined) this.#window.learnAll(keys, this.bytesWritten - before);
  }

  onPendingReply(pending: PendingReply, reply: Reply): void {
    if (reply.status === 'error' && this.#context.hides?.(reply, pending.command) === true) {
      const { reply: miss } = this.#context;
      miss.node = reply.node;
      this.#accept(pending, miss.reset('miss'));
    } else this.#accept(pending, reply);
  }

  #accept(pending: PendingReply, reply: Reply): void {
    const state = pending.state;
    if (state === 'done') return;
    const context = this.#context;
    if (reply.part !== 'item') {
      pending.state = 'done';
      context.observe?.(pending.command, reply, context.clock.now() - pending.since, pending.items);
      if (typeof pending.command.value !== 'string') context.memoryBudget.leave(largeValueOf(pending.command));
      if (pending.command.keys !== undefined && this.#endKeys(pending, pending.command.keys.length, reply, state))
        return;
    } else pending.items++;
    if (state === 'direct' && this.#isWriting) {
      this.codec?.encodeReply(reply, pending.command, context.writer);
      this.#wrote(pending.command);
    } else if (!this.#writeLone(pending, reply)) this.#writeLater(pending, reply);
  }

  onPendingItems(pending: PendingReply, bytes: Uint8Array, count: number): void {
    if (pending.state === 'done') return;
    pending.items += count;
    if (pending.state === 'direct' && this.#isWriting) {
      this.#context.writer.copy(bytes);
      this.#wrote(pending.command);
      return;
    }
    const isNext = pending === this.#replies.head;
    this.#output.addBytes(bytes, isNext ? undefined : (pending.held ??= new ReplyBuffer()));
    this.#window.learnAll(count, bytes.length);
    this.#advanceOutput(isNext);
  }

  /** An immediate reply to the command, or a part of it, is in the context's writer. */
  #wrote({ verb, dialect }: Command): void {
    const { writer, turns } = this.#context;
    if (verb === 'get' && dialect === 'text') this.#unstacked = writer.length;
    if (writer.length <= flushAt) return;
    this.#output.writeDirect(this.transport);
    turns.end();
  }

  onPendingError(pending: PendingReply, error: MemcacheError): void {
    if (pending.state === 'done') return;
    const { reply, explain } = this.#context;
    this.#accept(pending, explain(reply, error, pending.command));
  }

  /** Writes the reply now if its command is the only one in flight. False: it is not. */
  #writeLone(pending: PendingReply, reply: Reply): boolean {
    const { transport } = this;
    const isLone = pending === this.#replies.head && pending.next === undefined && reply.part === 'whole';
    if (!isLone || this.#isWriting || transport === undefined || !this.#output.mayWrite) return false;
    this.#window.learn(this.#output.writeLone(reply, pending.command, this.codec, transport));
    this.#replies.shift();
    if (this.#output.isOver(transport)) this.#owner.onSlow();
    else this.#owner.onLoneReply();
    return true;
  }

  #writeLater(pending: PendingReply, reply: Reply): void {
    const isNext = pending === this.#replies.head;
    const box = isNext ? undefined : (pending.held ??= new ReplyBuffer());
    this.#window.learn(this.#output.add(reply, pending.command, this.codec, box));
    this.#advanceOutput(isNext);
  }

  /**
   * A get of many keys is complete. True: it is a piece of a line, and nothing more is written before the turn of the
   * last piece.
   */
  #endKeys(pending: PendingReply, keys: number, reply: Reply, state: PendingReply['state']): boolean {
    const { line } = pending.command;
    // A miss is a reply, too.
    if (state === 'queued') this.#window.learnAll(keys - pending.items, 0);
    if (line === undefined) return false;
    if (reply.status === 'error')
      line.failure ??= { kind: reply.errorKind, message: reply.message, status: reply.code };
    if (state === 'direct' && this.#isWriting) {
      if (line.last === pending.command)
        this.codec?.encodeReply(this.#endOf(line), pending.command, this.#context.writer);
    } else if (pending === this.#replies.head) this.#advanceOutput(true);
    return true;
  }

  #endOf({ failure }: GetLine): Reply {
    const { reply } = this.#context;
    if (failure === undefined) return reply.reset('ok', 'end');
    return reply.setError(failure.kind, failure.message, failure.status);
  }

  /**
   * The one place that decides when later replies are written. Replies whose turn has come go to the buffer: all of the
   * complete commands at the head of the queue, and those that the next command has so far. If one `isDue` the buffer
   * is written at the end of the event loop's turn; within a turn of the session, its end decides.
   */
  #advanceOutput(isDue: boolean): void {
    const replies = this.#replies;
    while (replies.head?.state === 'done') {
      const { command } = replies.head;
      replies.shift();
      if (command.line?.last === command) this.#output.add(this.#endOf(command.line), command, this.codec);
      const held = replies.head?.held;
      if (held !== undefined) this.#output.append(held);
    }
    if (this.#output.isOver(this.transport)) this.#owner.onSlow();
    else if (isDue && !this.#isWriting) this.flushSoon();
  }
}
