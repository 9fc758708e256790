/**
 * The neutral Reply of a node, the store or a proxy route. Its producer owns ONE and refills it for every reply:
 *
 *   a Reply is valid only during `onReply`; code that needs it later copies with `bytes()`, `text()`, `utf8()`.
 *
 * This keeps the hot path free of an object and an ArrayBuffer per reply.
 */
import { ChunkText, isAscii, latin1Slice, utf8Slice } from '../base/bytes.ts';
import { ServerError, type ServerErrorKind } from './errors.ts';

/**
 * `ok`: hit, stored, deleted, touched, done. `miss`: EN, NF, NOT_FOUND, an `END` without a value. `notStored`: NS,
 * NOT_STORED, also add on a present and replace on a missing key in the binary protocol. `exists`: EX, EXISTS (the cas
 * differs). `error`: the node refused; see `errorKind`.
 */
export type ReplyStatus = 'ok' | 'miss' | 'notStored' | 'exists' | 'error';

/**
 * `whole`: the only reply. `item`: one of several (a value of a multi-key get, a line of stats). `end`: no
 * more items.
 */
export type ReplyPart = 'whole' | 'item' | 'end';

/** One reply; valid only during `onReply`. */
export class Reply {
  /** How the command ended. */
  status: ReplyStatus = 'ok';
  /** Whether more replies to the command follow. */
  part: ReplyPart = 'whole';
  /** The key of an item, the name of a stat; byte string. */
  key = '';
  /**
   * The number of the key among those that its decoder expected; −1 = `key` names it. Used only between the decoder and
   * the pairing.
   */
  ordinal = -1;
  /** Client flags. */
  flags = 0;
  /** 0n = not given. */
  cas = 0n;
  /** Seconds to live; −1 = for ever; undefined = not given. */
  ttl: number | undefined = undefined;
  /** mg `s`, ms `s`: size of the value in bytes. */
  size: number | undefined = undefined;
  /** mg `h`: whether the item was read before. */
  hit: boolean | undefined = undefined;
  /** mg `l`: seconds since the last access. */
  lastAccess: number | undefined = undefined;
  /** mg `W`: this caller won the right to refresh the item. */
  won = false;
  /** mg `X`: the item is marked stale. */
  stale = false;
  /** mg `Z`: another client is refreshing the item. */
  recaching = false;
  /**
   * meta `k`: the item was stored under a base64 key, so its key is returned in base64 with `b`; undefined = as the
   * request spelled it.
   */
  encodedKey: boolean | undefined = undefined;
  /** `O` of the meta protocol. */
  opaque: string | undefined = undefined;
  /** The binary opaque. */
  opaqueNumber = 0;
  /** The binary opcode. */
  opcode = 0;
  /** The kind of error, of an `error` reply. */
  errorKind: ServerErrorKind = 'server';
  /** The text of an error, of `version`, of `debug`, of a counter that came as a line. Items have none. */
  message = '';
  /** The binary status; 0 in the text and meta protocols. */
  code = 0;
  /** Binary extras, for verb `packet`. */
  extras: Uint8Array | undefined = undefined;
  /** The binary datatype. */
  datatype = 0;
  /**
   * How long the node worked on the request, in the coding of server-time.ts; −1 = not given. Only its
   * decoder sets it.
   */
  serverTime = -1;
  /** The node that replied. */
  node = '';
  /** The epoch of the connection that it came by: `PoolStats.epoch`. 0 = none. */
  epoch = 0;

  /** The bytes of the token of a mutation, from `#tokenAt` on. */
  #token: Uint8Array | undefined = undefined;
  #tokenAt = 0;
  #buffer: Uint8Array | undefined = undefined;
  #text: string | undefined = undefined;
  #start = 0;
  #end = 0;
  #owned = false;
  /** The chunk that is being decoded, and whether all of it is ASCII (undefined = not checked yet). */
  #chunk: Uint8Array | undefined = undefined;
  #isChunkAscii: boolean | undefined = undefined;
  readonly #chunkText = new ChunkText();

  /**
   * Called by the producer when it begins (undefined: has ended) decoding a chunk. Texts of a chunk that is ASCII
   * throughout need not be decoded as UTF-8: one look at the chunk makes each text cheaper (docs/performance.md, "ASCII
   * chunks").
   */
  decodesFrom(chunk: Uint8Array | undefined): void {
    this.#chunk = chunk;
    this.#chunkText.of(chunk);
    this.#isChunkAscii = undefined;
  }

  /** The item as its node wrote it, in the bytes of the value. */
  #wireStart = 0;
  #wireEnd = 0;
  #wireKeyLength = -1;

  /** Resets the reply to a bare `status`. `node` and `epoch` stay. */
  reset(status: ReplyStatus, part: ReplyPart = 'whole'): this {
    this.status = status;
    this.part = part;
    this.key = '';
    this.ordinal = -1;
    this.flags = 0;
    this.cas = 0n;
    this.ttl = undefined;
    this.size = undefined;
    this.hit = undefined;
    this.lastAccess = undefined;
    this.won = false;
    this.stale = false;
    this.recaching = false;
    this.encodedKey = undefined;
    this.opaque = undefined;
    this.opaqueNumber = 0;
    this.opcode = 0;
    this.message = '';
    this.code = 0;
    this.extras = undefined;
    this.datatype = 0;
    this.#token = undefined;
    this.#buffer = undefined;
    this.#text = undefined;
    this.#start = 0;
    this.#end = 0;
    this.#owned = false;
    this.#wireKeyLength = -1;
    return this;
  }

  /** Turns it into an error reply. */
  setError(kind: ServerErrorKind, message: string, code = 0): this {
    this.reset('error');
    this.errorKind = kind;
    this.message = message;
    this.code = code;
    return this;
  }

  /**
   * The value is bytes `start` … `end` of `buffer`. `owned`: the buffer is not written again, so `bytes()` needs no
   * copy.
   */
  setBytes(buffer: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#buffer = buffer;
    this.#text = undefined;
    this.#start = start;
    this.#end = end;
    this.#owned = owned;
    this.#wireKeyLength = -1;
  }

  /**
   * The value that was just set lies within bytes `start` … `end` of its buffer, which are the whole item as its node
   * wrote it, with a key of this length. A codec that writes the same form copies it unchanged (docs/performance.md,
   * "wire form").
   */
  setWireForm(start: number, end: number, keyLength: number): void {
    this.#wireStart = start;
    this.#wireEnd = end;
    this.#wireKeyLength = keyLength;
  }

  /** The length of the key in the wire form; −1 = there is no wire form. */
  get wireKeyLength(): number {
    return this.#wireKeyLength;
  }

  /** The wire form as a byte string, which may be part of a text of 8 KB; only where there is one. */
  wireForm(): string {
    return this.#chunkText.part(this.#buffer as Uint8Array, this.#wireStart, this.#wireEnd);
  }

  /** The wire form as a view, valid only during `onReply`; only where there is one. */
  wireBytes(): Uint8Array {
    return (this.#buffer as Uint8Array).subarray(this.#wireStart, this.#wireEnd);
  }

  /**
   * Sets the key to bytes of the chunk that is being decoded. It may be part of a text of 8 KB, so it must not be kept
   * for long.
   */
  setBorrowedKey(bytes: Uint8Array, start: number, end: number): void {
    this.key = this.#chunkText.part(bytes, start, end);
  }

  /** The value is a byte string. */
  setText(text: string): void {
    this.#text = text;
    this.#buffer = undefined;
    this.#start = 0;
    this.#end = text.length;
    this.#wireKeyLength = -1;
  }

  /** Uses the value of another reply (the bytes still belong to the other). */
  setValueOf(other: Reply): void {
    this.#buffer = other.#buffer;
    this.#text = other.#text;
    this.#start = other.#start;
    this.#end = other.#end;
    this.#owned = other.#owned;
    this.#wireKeyLength = -1;
  }

  /** The reply is that of a mutation, whose token is the 16 bytes at `at`. */
  setToken(bytes: Uint8Array, at: number): void {
    this.#token = bytes;
    this.#tokenAt = at;
  }

  /**
   * What a mutation was in its vBucket: its sequence number in the history `uuid`; undefined = the node does not say.
   */
  get token(): { readonly uuid: bigint; readonly seqno: bigint } | undefined {
    const bytes = this.#token;
    if (bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset + this.#tokenAt, 16);
    return { uuid: view.getBigUint64(0), seqno: view.getBigUint64(8) };
  }

  /** Copies the token of another reply. */
  setTokenOf(other: Reply): void {
    const bytes = other.#token;
    this.#token =
      bytes === undefined ? undefined : Uint8Array.from(bytes.subarray(other.#tokenAt, other.#tokenAt + 16));
    this.#tokenAt = 0;
  }

  /** Whether there is a value (possibly of 0 bytes). */
  get hasValue(): boolean {
    return this.#buffer !== undefined || this.#text !== undefined;
  }

  /** Length of the value in bytes. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The value as bytes that belong to the caller. */
  bytes(): Uint8Array {
    const buffer = this.#buffer;
    if (buffer === undefined) return Buffer.from(this.#text ?? '', 'latin1');
    if (this.#owned)
      return this.#start === 0 && this.#end === buffer.length ? buffer : buffer.subarray(this.#start, this.#end);
    const copy = Buffer.allocUnsafe(this.#end - this.#start);
    copy.set(buffer.subarray(this.#start, this.#end));
    return copy;
  }

  /** The value as a byte string: one character a byte. */
  text(): string {
    return this.#buffer === undefined ? (this.#text ?? '') : latin1Slice(this.#buffer, this.#start, this.#end);
  }

  /** The value decoded as UTF-8. */
  utf8(): string {
    const buffer = this.#buffer;
    if (buffer === undefined) return this.#text === undefined ? '' : Buffer.from(this.#text, 'latin1').toString();
    if (buffer === this.#chunk && (this.#isChunkAscii ??= isAscii(buffer)))
      return latin1Slice(buffer, this.#start, this.#end);
    return utf8Slice(buffer, this.#start, this.#end);
  }

  /**
   * The value where it lies, without a copy: a byte string, or a view that is valid only during `onReply`. For
   * encoders.
   */
  raw(): string | Uint8Array {
    const buffer = this.#buffer;
    return buffer === undefined ? (this.#text ?? '') : buffer.subarray(this.#start, this.#end);
  }

  /** True when `raw()` may be kept: its memory is not written again. */
  get isOwned(): boolean {
    return this.#buffer === undefined || this.#owned;
  }
}

const errorWords: Record<ServerErrorKind, string> = {
  unknownCommand: 'ERROR',
  client: 'CLIENT_ERROR',
  server: 'SERVER_ERROR',
};

/** The `ServerError` of an error reply. `what` names the call, for the message. */
export function replyError(reply: Reply, what?: string): ServerError {
  const text = reply.message === '' ? errorWords[reply.errorKind] : `${errorWords[reply.errorKind]} ${reply.message}`;
  const message = what === undefined ? `${reply.node} replied ${text}` : `${what} → ${reply.node}: ${text}`;
  return new ServerError(message, reply.errorKind, reply.code, { node: reply.node });
}

/**
 * Copies the fields of `from` to `to`, with the same value, which is valid as long as the value of `from`. A reply
 * belongs to its handler from `onReply` on, so code with several handlers for one reply gives each handler a reply of
 * its own.
 */
export function fillReply(to: Reply, from: Reply): Reply {
  to.status = from.status;
  to.part = from.part;
  to.key = from.key;
  to.flags = from.flags;
  to.cas = from.cas;
  to.ttl = from.ttl;
  to.size = from.size;
  to.hit = from.hit;
  to.lastAccess = from.lastAccess;
  to.won = from.won;
  to.stale = from.stale;
  to.recaching = from.recaching;
  to.encodedKey = from.encodedKey;
  to.opaque = from.opaque;
  to.opaqueNumber = from.opaqueNumber;
  to.opcode = from.opcode;
  to.errorKind = from.errorKind;
  to.message = from.message;
  to.code = from.code;
  to.extras = from.extras;
  to.datatype = from.datatype;
  to.serverTime = from.serverTime;
  to.node = from.node;
  to.setTokenOf(from);
  to.setValueOf(from);
  return to;
}

/** A copy of a reply that may be kept: the copy owns its value. */
export function copyReply(from: Reply): Reply {
  const copy = fillReply(new Reply(), from);
  if (from.extras !== undefined) copy.extras = Uint8Array.from(from.extras);
  if (!from.isOwned) copy.setText(from.text());
  return copy;
}
