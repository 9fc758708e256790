/**
 * The four corners of a protocol: encode and decode, commands and replies. No sockets, no timers, no promises: bytes
 * are pushed in, values come out.
 *
 *                     command                    reply
 *   encode   encodeCommand(command, w)    encodeReply(reply, to, w)
 *   decode   commandDecoder(sink)         replyDecoder(sink)
 */
import type { ByteWriter } from '../base/byte-writer.ts';
import type { Command } from '../core/command.ts';
import type { Reply } from '../core/reply.ts';

/**
 * The bounds of a decoder, in bytes. Input over a bound is a ProtocolError (replies) or an error reply (commands).
 */
export interface Limits {
  /**
   * A command or reply line without its line end. A get line of a client may be longer: it is read in pieces of this
   * length at most. @default 2048
   */
  readonly maxLine: number;
  /** A key. @default 250 */
  readonly maxKey: number;
  /** A value. @default 128 MiB for replies; servers set their item size */
  readonly maxValue: number;
  /** Whether binary requests may have framing extras, which only Couchbase knows. @default true */
  readonly framing: boolean;
}

/** The defaults of `Limits`. */
export const defaultLimits: Limits = Object.freeze({
  maxLine: 2048,
  maxKey: 250,
  maxValue: 128 * 1024 * 1024,
  framing: true,
});

/**
 * A resumable decoder: any chunking of the same bytes decodes to the same values. It must not be used after it threw.
 */
export interface Decoder {
  /** Takes the next bytes. They may be overwritten after the call. Throws ProtocolError. */
  push(chunk: Uint8Array): void;
  /**
   * The memory for the next bytes when a large value is in progress: read them directly into it and then call
   * `filled(n)` instead of `push`. Undefined when there is none.
   */
  target(): Uint8Array | undefined;
  /** `count` bytes were read into the memory that `target()` returned. */
  filled(count: number): void;
  /** The stream ended. Throws ProtocolError if it ended inside a value or line. */
  end(): void;
}

/** A decoder of commands. Its sink may stop it after any command. */
export interface CommandDecoder extends Decoder {
  /**
   * Returns the number of bytes consumed: all, unless the sink stopped it. The rest must be pushed again, before later
   * bytes.
   */
  push(chunk: Uint8Array): number;
  /**
   * The memory of an incomplete request in bytes, including the space for its value; 0 = no request is incomplete.
   */
  readonly unfinished: number;
  /** Changes the bounds from now on. */
  limit(limits: Partial<Limits>): void;
  /** Frees the memory of past requests that no request in progress needs. */
  releaseMemory(): void;
}

/** Receives decoded replies, in wire order. */
export interface ReplySink {
  /** `reply` is valid only during the call. */
  onReply(reply: Reply): void;
}

/** The keys whose values are expected next, numbered. A decoder that finds one of them makes no string of it. */
export interface Expectation {
  /** The length of the expected key that is at `start`, before a space that is before `end`; 0 = none of them is. */
  match(bytes: DataView, start: number, end: number): number;
  /** The number of the key that `match` found last, for `Reply.ordinal`. */
  readonly matched: number;
}

/** Receives decoded commands, in wire order. */
export interface CommandSink {
  /**
   * The command belongs to the receiver. Values in it are its own (never views of a chunk); for texts see `Texts`.
   * False: no further command now, so the decoder returns from `push`.
   */
  onCommand(command: Command): boolean | void;
}

/**
 * The memory of the keys and values of decoded commands. `owned`: each has its own. `borrowed`: they may be parts of
 * the text of a chunk, which they keep in memory. This is for receivers that keep none beyond the command, or keep an
 * `OwnedKey` of it. Decoding a get costs a fifth less, a set of 100 bytes a quarter.
 */
export type Texts = 'owned' | 'borrowed';

/**
 * Returns memory for a received value of `length` bytes: exactly that long, and unshared until its command was
 * dispatched. Undefined where there is none: the command is then refused, and the value skipped.
 */
export type Allocate = (length: number) => Buffer | undefined;

/** Memory of its own for each. */
export const allocateOwn: Allocate = (length) => Buffer.allocUnsafeSlow(length);

/** The name of a protocol to a node. */
export type Protocol = 'meta' | 'text' | 'binary';

/** The half of a protocol that the client of a node speaks. */
export interface ClientCodec {
  readonly protocol: Protocol;
  /**
   * Throws InvalidKeyError or UnsupportedError, before anything is written, if the protocol cannot carry the command.
   * Replies are paired by `opaque` (binary only; 32 bits); every packet of one multi-key get carries the same.
   */
  encodeCommand(command: Command, writer: ByteWriter, opaque?: number): void;
  /**
   * `expectation`: the expected keys of the owner that pairs the replies. Without it every item has a key of its own.
   */
  replyDecoder(sink: ReplySink, limits?: Partial<Limits>, expectation?: Expectation): Decoder;
}

/** The half of a protocol that a server speaks. */
export interface ServerCodec {
  readonly protocol: Protocol;
  /** Encodes the reply to `to`. Writes nothing where the protocol has no reply (quiet commands). */
  encodeReply(reply: Reply, to: Command, writer: ByteWriter): void;
  /** `texts`: `owned` unless said otherwise. */
  commandDecoder(sink: CommandSink, limits?: Partial<Limits>, texts?: Texts, allocate?: Allocate): CommandDecoder;
}

/** One protocol, all four corners. */
export interface Codec extends ClientCodec, ServerCodec {}
