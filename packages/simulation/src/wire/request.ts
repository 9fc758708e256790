/** Requests and replies of raw sessions, whatever the protocol calls them. */
import type { PlannedCall } from '../plan.ts';

/** What a raw session can send. */
export type RequestVerb = Extract<
  PlannedCall['verb'],
  'get' | 'multi' | 'set' | 'add' | 'replace' | 'append' | 'delete' | 'incr' | 'noop' | 'unknown' | 'long'
>;

/** A request. */
export interface Request {
  /** Its number in the run; protocols with an opaque send it. */
  readonly id: number;
  readonly verb: RequestVerb;
  /** One, several (`multi`), or none. */
  readonly keys: readonly string[];
  readonly value?: string | undefined;
  readonly isQuiet: boolean;
}

/** What a reply says. */
export type Said =
  | 'values'
  | 'stored'
  | 'not stored'
  | 'deleted'
  | 'not found'
  | 'count'
  | 'noop'
  | 'unknown'
  | 'client error'
  | 'server error';

/** An item of a reply; the key where the protocol names it. */
export interface RepliedItem {
  readonly key: string | undefined;
  readonly value: string;
}

/** One reply; the lines that answer one get of text are one. */
export interface RawReply {
  readonly said: Said;
  /** The opaque, where the reply has one. */
  readonly id?: number | undefined;
  /** The items of `values`; none = a miss. With an error behind them they are what came before it. */
  readonly items: readonly RepliedItem[];
  /** The number of `count`. */
  readonly count?: number | undefined;
  /** For messages. */
  readonly text: string;
}

/** What is not the protocol. */
export class WireError extends Error {}

/** A protocol, as its specification has it. */
export interface Wire {
  /** The bytes of a request, as a byte string. */
  encode(request: Request): string;
  /** Takes one reply off the begin of the bytes: it and its length. Undefined = more bytes are needed. */
  decode(bytes: string): readonly [reply: RawReply, length: number] | undefined;
  /** Whether quiet requests have no reply at all, not even an error. */
  readonly areQuietSilent: boolean;
  /** Whether the silence of a quiet delete or increment means that it was applied. */
  readonly tellsQuietMisses: boolean;
  /** What it can send. */
  readonly verbs: ReadonlySet<RequestVerb>;
}

/** A key that is too long: text and meta refuse it, and the session goes on. */
export const longKey: string = 'k'.repeat(251);
