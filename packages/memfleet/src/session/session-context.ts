/**
 * The state that all sessions of a listener share: the dispatcher, the allowed protocols, the bounds, the writers, the
 * counters. A session keeps only its own state, so that thousands of idle ones cost little.
 */
import { ByteWriter } from '../base/byte-writer.ts';
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Dispatcher } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import { Reply } from '../core/reply.ts';
import { binaryServerCodec } from '../protocol/binary/server-codec.ts';
import type { Allocate, ServerCodec, Limits, Texts } from '../protocol/codec.ts';
import { metaServerCodec } from '../protocol/meta/server-codec.ts';
import { textServerCodec } from '../protocol/text/server-codec.ts';
import type { AdmissionControl } from './admission.ts';
import type { Authenticate } from './authentication.ts';
import { errorReply } from './error-reply.ts';
import { type ListenDefaults, listenDefaults, type ResolvedListenOptions } from './listen-options.ts';
import { MemoryBudget } from './memory-budget.ts';
import { Turns } from './turns.ts';

/** The bounds of one session: the options of its listener, and these. */
export interface SessionBounds extends ListenDefaults {
  /** The maximum number of commands of one session in flight; further ones wait, and reading stops. @default 1024 */
  readonly maxInFlight: number;
  /**
   * The same for a new session, whose reply sizes are not known yet: one more for each reply. @default 4
   */
  readonly firstInFlight: number;
  /** The number of keys of one get that are executed at once. @default 64 */
  readonly maxKeys: number;
  /** Milliseconds that a client gets to close its side after ours was closed. @default 2 000 */
  readonly lingerTimeout: number;
}

/** The defaults of `SessionBounds`. */
export const defaultSessionBounds: SessionBounds = Object.freeze({
  ...listenDefaults,
  maxInFlight: 1024,
  firstInFlight: 4,
  maxKeys: 64,
  lingerTimeout: 2000,
});

/** The counters of all sessions of a listener. */
export class SessionCounters {
  bytesRead = 0;
  bytesWritten = 0;
  authentications = 0;
  authenticationFailures = 0;
  /** Sessions ended because of a protocol error. */
  protocolErrors = 0;
  /** Sessions ended because memfleet threw: a defect of memfleet. */
  internalErrors = 0;
  /** Sessions ended because the client was idle for too long. */
  idleKicks = 0;
  /** Sessions ended because the client did not read its replies. */
  slowKicks = 0;

  reset(): void {
    Object.assign(this, new SessionCounters());
  }
}

/**
 * Called for every completed command with its last reply, which is valid only during the call, its duration in
 * milliseconds, and the number of items before.
 */
export type Observe = (command: Command, reply: Reply, duration: number, items: number) => void;

/** Makes the reply to a failed command: fills `reply`. */
export type Explain = (reply: Reply, error: MemcacheError, command: Command) => Reply;

/** Whether this error reply is sent to the client as a miss. */
export type Hides = (reply: Reply, command: Command) => boolean;

/** The options of a session context. */
export interface SessionContextOptions {
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly clock: Clock;
  /** The codec of sessions whose first byte is not 0x80; undefined = they are closed. */
  readonly ascii?: ServerCodec | undefined;
  /** The codec of sessions whose first byte is 0x80; undefined = they are closed. */
  readonly binary?: ServerCodec | undefined;
  readonly bounds?: Partial<SessionBounds>;
  /** The bounds of decoded requests. */
  readonly limits?: Partial<Limits>;
  /** `borrowed` when the dispatcher keeps neither keys nor values of commands. @default owned */
  readonly texts?: Texts | undefined;
  /** The memory for received values. @default each has its own */
  readonly allocate?: Allocate | undefined;
  /** Requires clients to log in first: ASCII token or SASL PLAIN. @default no login */
  readonly authenticate?: Authenticate | undefined;
  /** @default an error reply of the error's message */
  readonly explain?: Explain | undefined;
  readonly observe?: Observe | undefined;
  /** Called for every value that is refused because it is larger than `limits.maxValue`. @default nothing */
  readonly onTooLarge?: (() => void) | undefined;
  /** May be shared by several contexts. @default without limit */
  readonly memoryBudget?: MemoryBudget | undefined;
  /** May be shared by several contexts. @default without limit */
  readonly admission?: AdmissionControl | undefined;
  /** May be shared by several contexts. @default its own */
  readonly turns?: Turns | undefined;
}

const binaryMagic = 0x80;

/** A session that has replies to write when the turn ends. */
export interface Flushable {
  flushLater(): void;
}

/** The state that all sessions of a listener share. */
export class SessionContext {
  /** Executes the commands; may be exchanged, and then receives the commands that arrive from then on. */
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly clock: Clock;
  ascii: ServerCodec | undefined;
  binary: ServerCodec | undefined;
  bounds: SessionBounds;
  /** For sessions that begin from now on. */
  limits: Partial<Limits>;
  readonly texts: Texts;
  readonly allocate: Allocate | undefined;
  authenticate: Authenticate | undefined;
  explain: Explain;
  /** The error replies that are sent as misses; undefined = none. */
  hides: Hides | undefined = undefined;
  readonly observe: Observe | undefined;
  readonly onTooLarge: (() => void) | undefined;
  readonly memoryBudget: MemoryBudget;
  readonly admission: AdmissionControl | undefined;
  readonly turns: Turns;
  readonly counters: SessionCounters = new SessionCounters();
  /** Belongs to the one session that decodes or flushes at the moment, and is empty when none does. */
  readonly writer: ByteWriter = new ByteWriter();
  /**
   * For replies that are not written at once. Its memory is never reused, only dropped when no part of it is in use.
   */
  readonly scratch: ByteWriter = new ByteWriter();
  /** For replies of the session itself. */
  readonly reply: Reply = new Reply();
  #waiting: Flushable[] = [];
  readonly #flushAll = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const session of waiting) session.flushLater();
  };

  constructor(options: SessionContextOptions) {
    this.dispatcher = options.dispatcher;
    this.clock = options.clock;
    this.ascii = options.ascii;
    this.binary = options.binary;
    this.bounds = { ...defaultSessionBounds, ...options.bounds };
    this.limits = options.limits ?? {};
    this.texts = options.texts ?? 'owned';
    this.allocate = options.allocate;
    this.authenticate = options.authenticate;
    this.explain = options.explain ?? errorReply;
    this.observe = options.observe;
    this.onTooLarge = options.onTooLarge;
    this.memoryBudget = options.memoryBudget ?? new MemoryBudget(Infinity);
    this.admission = options.admission;
    this.turns = options.turns ?? new Turns(options.clock);
  }

  /** Applies the options of the listener, also to existing sessions; its protocols to new ones. */
  configure(options: ResolvedListenOptions & Partial<SessionBounds>): void {
    const { protocols } = options;
    this.ascii = protocols.includes('meta')
      ? metaServerCodec
      : protocols.includes('text')
        ? textServerCodec
        : undefined;
    this.binary = protocols.includes('binary') ? binaryServerCodec : undefined;
    this.bounds = { ...this.bounds, ...options };
    this.authenticate = options.authenticate;
  }

  /** The codec that the first byte of a session selects; undefined when that protocol is not enabled. */
  codecFor(first: number): ServerCodec | undefined {
    return first === binaryMagic ? this.binary : this.ascii;
  }

  /**
   * Schedules one flush of the session at the end of this turn of the event loop: all its replies of the turn are then
   * one write.
   */
  schedule(session: Flushable): void {
    if (this.#waiting.push(session) === 1) this.clock.afterTurn(this.#flushAll);
  }
}
