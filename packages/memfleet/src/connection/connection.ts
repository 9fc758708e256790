/**
 * One socket to a node, with one protocol. Pipelined: commands are sent as they arrive, one write a turn; replies are
 * paired by `Pending`.
 *
 *   dispatch ─▶ encode ─▶ writer ──flush, once a turn──▶ transport ═══▶ node
 *          └──▶ pending (tail)                                             │
 *   handler ◀── pending (head) ◀── reply decoder ◀── transport ◀═══════════╝
 *
 * state: open ─close()─▶ closing ─last reply─▶ closed
 *          └──destroy(), peer's end, protocol error──▶ closed     (everything pending fails, at once)
 *
 * Retries, other connections and JS values are not known here.
 */
import { ByteWriter } from '../base/byte-writer.ts';
import type { Clock } from '../base/clock.ts';
import type { DeadlineScan } from '../base/deadline-scan.ts';
import { type Command, derive } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { ClosedError, ConnectionClosedError, type MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { Transport, TransportEvents } from '../net/transport.ts';
import type { ClientCodec, Decoder } from '../protocol/codec.ts';
import { binaryPart } from './binary-part.ts';
import {
  alreadyClosed,
  closedByNode,
  lost,
  neverReplies,
  notUnderstood,
  refuseUngranted,
  timedOut,
  unencodable,
} from './connection-errors.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Expiry } from './expiry.ts';
import { FlushSchedule } from './flush-schedule.ts';
import { GetMerger } from './get-merger.ts';
import { ConnectionHold } from './idle-hold.ts';
import { Pending } from './pending.ts';
import type { ValuePacker } from './value-packer.ts';

/** A command that no connection has written yet, with its handler. */
export interface Unsent {
  readonly command: Command;
  readonly handler: Handler;
}

/** The events of a connection, for its pool. */
export interface ConnectionEvents {
  /** Replies arrived, so there is room. Called once per chunk, not once per reply. */
  onProgress(connection: Connection): void;
  /** Commands timed out in one scan. */
  onTimeouts(connection: Connection, count: number): void;
  /** Closed. `error` is undefined after `close()`; `lost` is the number of waiting callers, which received an error. */
  onClose(connection: Connection, error: MemcacheError | undefined, lost: number): void;
  /**
   * Called before `onClose` with commands that arrived after a long idle time, when the node had already closed the
   * connection. The receiver dispatches them elsewhere; without a receiver they fail as all others.
   */
  onUnsent?(unsent: readonly Unsent[]): void;
}

/** Texts up to this length are written as strings: Node copies them on the stack. Longer ones cost more that way. */
const shortText = 4 * 1024;
/** The time without a write, in ms, after which the node may have closed the connection unnoticed. */
const longPause = 100;
type State = 'open' | 'closing' | 'closed';

/** One pipelined connection to a node. */
export class Connection implements Dispatcher, TransportEvents {
  readonly node: string;
  /** For `Reply.epoch`; set by the pool. */
  epoch = 0;
  /** Changes when the node grants features. */
  codec: ClientCodec;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #maxInFlight: number;
  readonly #onPush: ConnectionOptions['onPush'];
  readonly #writer = new ByteWriter();
  readonly #pending: Pending;
  /** Undefined: no get is joined with others. */
  readonly #gets: GetMerger | undefined;
  readonly #decoder: Decoder;
  readonly #schedule: FlushSchedule;
  /** Undefined: values are sent as they are. */
  #values: ValuePacker | undefined = undefined;
  /** The features of HELLO; undefined = the node is not known to be one of Couchbase or Membase. */
  #granted: readonly number[] | undefined;
  readonly #expiry: Expiry;
  readonly #deadlines: DeadlineScan;
  #state: State = 'open';
  /** The transport holds bytes that the kernel did not accept yet. */
  #isBlocked = false;
  #replies = 0;
  #lastUsed: number;
  readonly #hold: ConnectionHold;
  readonly #onClosed: (() => void)[] = [];

  constructor(transport: Transport, options: ConnectionOptions, events: ConnectionEvents) {
    this.node = options.node;
    this.codec = options.codec;
    this.#transport = transport;
    this.#clock = options.clock;
    this.#events = events;
    this.#maxInFlight = options.maxInFlight;
    this.#onPush = options.onPush;
    const { protocol } = options.codec;
    this.#pending = new Pending(protocol === 'binary');
    this.#hold = new ConnectionHold(options.hold, transport, this.#pending);
    const isMerging = protocol === 'text' || (protocol === 'meta' && options.mergeGets);
    this.#gets = isMerging ? new GetMerger(protocol, this.#writer, this.#pending) : undefined;
    this.#decoder = options.codec.replyDecoder(this, options.limits, this.#pending.expected);
    this.#lastUsed = options.clock.now();
    this.#expiry = new Expiry({
      clock: options.clock,
      pending: this.#pending,
      makeError: (command, sent) => timedOut(command, sent, this.node),
      isFull: () => this.isFull,
      onTimeouts: (count) => {
        this.#hold.update();
        this.#events.onTimeouts(this, count);
      },
      onUseless: () => this.#end(neverReplies(this.node)),
    });
    this.#deadlines = this.#expiry.scan;
    this.#schedule = new FlushSchedule({
      mode: options.flush,
      clock: options.clock,
      group: options.group,
      pending: this.#pending,
      isSilent: () => this.#hasPaused(),
      flush: () => this.#flush(),
    });
  }

  /** The number of commands whose reply is owed. */
  get inFlight(): number {
    return this.#pending.length;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** The total number of replies received. */
  get replies(): number {
    return this.#replies;
  }

  /** Whether it accepts no more commands, or another command would have to wait behind a large value. */
  get isBusy(): boolean {
    return this.isFull || this.#isBlocked || this.#decoder.target() !== undefined;
  }

  /** Whether it accepts no more commands: the bound of commands in flight is reached, or it is not open. */
  get isFull(): boolean {
    const pending = this.#pending;
    const isBounded = pending.length - pending.joined >= this.#maxInFlight || pending.isHeldUp;
    return isBounded || this.#state !== 'open';
  }

  /** Called when the node has granted these features of HELLO. */
  granted(features: readonly number[]): void {
    this.#granted = features;
    const { isUnordered, negotiated } = binaryPart.loaded;
    this.codec = negotiated(features);
    if (isUnordered(features)) this.#pending.orderKeys();
  }

  /** Values are packed and unpacked by it from now on. */
  packValues(values: ValuePacker): void {
    this.#values = values;
  }

  /** Whether the command would be one more key on the line that is being written, and so cause no further request. */
  joins(command: Command): boolean {
    return this.#gets !== undefined && this.#state === 'open' && this.#gets.joins(command);
  }

  /** The commands whose callers wait for a reply. */
  commands(): Iterable<Command> {
    return this.#pending.commands();
  }

  /** Whether the command, sent on another connection, would overtake one of the same key that is in flight here. */
  conflictsWith(command: Command): boolean {
    return this.#pending.conflictsWith(command);
  }

  /** When a command was last written: ms on the clock. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  dispatch(command: Command, handler: Handler): void {
    if (this.#state !== 'open') return handler.onError(alreadyClosed(this.node));
    // A reply that may be omitted could not be paired. The layer above drops those that its client must not see.
    if (command.quiet) command = derive(command, { quiet: false });
    const pending = this.#pending;
    let isMerged = false;
    try {
      if (command.packet?.needs !== undefined) refuseUngranted(command, this.#granted, this.node);
      isMerged = this.#gets !== undefined && this.#gets.add(command);
      if (!isMerged) this.#encode(pending.ordered(command));
    } catch (error) {
      handler.onError(unencodable(error));
      return;
    }
    pending.push(command, handler);
    if (!isMerged && this.#gets !== undefined) this.#gets.addedAlone(command);
    this.#deadlines.watch(command.deadline);
    this.#schedule.request();
  }

  #encode(command: Command): void {
    const sent = this.#values === undefined ? command : this.#values.pack(command);
    this.codec.encodeCommand(sent, this.#writer, this.#pending.nextOpaque);
  }

  close(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    this.#state = 'closing';
    // No caller waits for the replies of timed-out commands, so they do not delay the close.
    if (!this.#pending.isAwaited) this.#end(undefined);
    return this.#state === 'closing' ? new Promise((resolve) => this.#onClosed.push(resolve)) : Promise.resolve();
  }

  destroy(error?: MemcacheError): void {
    this.#end(error ?? new ClosedError(`the connection to ${this.node} was destroyed`, { node: this.node }));
  }

  onReply(reply: Reply): void {
    this.#replies++;
    reply.node = this.node;
    reply.epoch = this.epoch;
    if (reply.datatype !== 0) this.#values?.unpack(reply);
    this.#pending.onReply(reply);
  }

  onPush(reply: Reply): void {
    reply.node = this.node;
    this.#onPush?.(reply);
  }

  onData(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#expiry.received(chunk.length);
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.#end(notUnderstood(error, this.node));
      return;
    }
    this.#afterRead();
  }

  onReadTarget(): Uint8Array | undefined {
    return this.#state === 'closed' ? undefined : this.#decoder.target();
  }

  onFilled(count: number): void {
    if (this.#state === 'closed') return;
    this.#expiry.received(count);
    try {
      this.#decoder.filled(count);
    } catch (error) {
      this.#end(notUnderstood(error, this.node));
      return;
    }
    // The binary decoder hands the reply over with the last byte of its value.
    if (this.#decoder.target() === undefined) this.#afterRead();
  }

  onDrain(): void {
    if (this.#state === 'closed') return;
    this.#isBlocked = false;
    this.#flush();
    this.#events.onProgress(this);
  }

  onEnd(): void {
    if (this.#state === 'closed') return;
    let cause: unknown;
    try {
      this.#decoder.end();
    } catch (error) {
      cause = error;
    }
    this.#end(closedByNode(this.node, cause), this.#hasPaused());
  }

  onClose(error: Error | undefined): void {
    const why = error === undefined ? 'closed' : error.message;
    this.#end(
      new ConnectionClosedError(`the connection to ${this.node} ended: ${why}`, { node: this.node, cause: error }),
      this.#hasPaused(),
    );
  }

  #flush(): void {
    this.#hold.update();
    if (this.#isBlocked || this.#state === 'closed') return;
    this.#gets?.end();
    const writer = this.#writer;
    if (writer.length === 0) return;
    this.#pending.markWritten();
    this.#lastUsed = this.#clock.now();
    const transport = this.#transport;
    const text = writer.length <= shortText ? writer.takeText() : undefined;
    const isWritable = transport.write(text === undefined ? writer.take() : [text]);
    if (text === undefined) writer.release(transport.isFlushed);
    this.#isBlocked = !isWritable && transport.bufferedBytes > 0;
  }

  #afterRead(): void {
    this.#hold.update();
    if (this.#state === 'closing' && !this.#pending.isAwaited) this.#end(undefined);
    else if (this.#pending.isHeldUp && !this.#pending.isAwaited) this.#end(neverReplies(this.node));
    else if (this.#state === 'open') this.#events.onProgress(this);
  }

  #hasPaused(): boolean {
    return this.#clock.now() - this.#lastUsed >= longPause;
  }

  /** `sparesUnsent`: commands that were not written yet return to the pool, with order and callers unchanged. */
  #end(error: MemcacheError | undefined, sparesUnsent = false): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#schedule.end();
    this.#hold.end();
    this.#expiry.end();
    this.#writer.clear();
    // Nothing is owed and nothing is held, so it closes at once: the peer may never send its end.
    this.#transport.destroy();
    const cause = error ?? new ClosedError(`the connection to ${this.node} was closed`, { node: this.node });
    const unsent: Unsent[] = [];
    const isSpared = sparesUnsent && this.#events.onUnsent !== undefined;
    const lostCount = this.#pending.failAll(
      (command, sent) => lost(command, sent, this.node, cause),
      isSpared ? (command, handler) => unsent.push({ command, handler }) : undefined,
    );
    if (unsent.length > 0) this.#events.onUnsent?.(unsent);
    this.#events.onClose(this, error, lostCount);
    for (const resolve of this.#onClosed.splice(0)) resolve();
  }
}
