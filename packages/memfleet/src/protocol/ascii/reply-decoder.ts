/**
 * Decodes the replies of the text and meta protocols, resumable at any byte.
 *
 *   chunk ─▶ line whole in the chunk ──────────▶ parse in place ─▶ value whole in the chunk ─▶ reply (a view)
 *         └▶ line cut by the chunk's end ─▶ held ─┘              └▶ value cut: ≤ 64 KB ─▶ scratch ─▶ reply (a view)
 *                                                                          > 64 KB ─▶ its own buffer ─▶ reply (owned)
 *
 * A classic value whose key is expected takes a shorter path: its key is compared, not cut out, and its line ends where
 * its numbers end.
 *
 * A line is matched as a whole. An unknown line, or a value without its CR LF, is a ProtocolError: there is no
 * resynchronisation.
 */
import { latin1Slice } from '../../base/bytes.ts';
import { ProtocolError } from '../../core/errors.ts';
import { Reply } from '../../core/reply.ts';
import type { Decoder, Expectation, Limits, ReplySink } from '../codec.ts';
import { digitsEnd, maxFlags, numberAt } from './digits.ts';

/**
 * The result of a line parser: a reply without value is complete, or the reply is complete except for a value of that
 * many bytes.
 */
export type LineOutcome = number;
/** The reply is complete and has no value. */
export const complete = -1;
/** The line does not belong to this protocol. */
export const unknownLine = -2;

/**
 * Reads the line `start` … `end` (without CR LF) into the reply. Returns `complete`, `unknownLine`, or the length of
 * the value that follows.
 */
export type ParseLine = (buffer: Uint8Array, start: number, end: number, reply: Reply) => LineOutcome;

/** Values above this are read straight into a buffer of their own. */
const ownBufferThreshold = 64 * 1024;
const carriageReturn = 13;
const lineFeed = 10;
const space = 32;
const letterV = 86;
const letterL = 76;

/** `VALUE ` in pieces that are compared at once. */
const valueWordLength = 6;
const valueWord = new DataView(Uint8Array.from('VALUE ', (letter) => letter.charCodeAt(0)).buffer);
const valueWordStart = valueWord.getInt32(0, true);
const valueWordEnd = valueWord.getInt16(4, true);

const dumpWord = Buffer.from('key=');

/** Whether it is a line of `lru_crawler metadump`. */
function isDumpLine(buffer: Uint8Array, start: number): boolean {
  for (let at = 0; at < dumpWord.length; at++) if (buffer[start + at] !== dumpWord[at]) return false;
  return true;
}

/** Decodes replies of the text and meta protocols, resumable at any byte. */
export class AsciiReplyDecoder implements Decoder {
  readonly #parseLine: ParseLine;
  readonly #sink: ReplySink;
  readonly #limits: Limits;
  readonly #expectation: Expectation | undefined;
  readonly #reply = new Reply();
  /** A line cut by the end of a chunk. */
  #held: Buffer | undefined;
  #heldLength = 0;
  /** The value in progress: `length` bytes, then CR LF. */
  #value: Buffer | undefined;
  #length = 0;
  #filled = 0;
  #ownsValue = false;
  /** The number of CR LF bytes of the value read so far. */
  #endSeen = 0;
  #scratch: Buffer | undefined;
  /** A view of the chunk, made on demand. */
  #view: DataView | undefined;
  #dead: ProtocolError | undefined;

  constructor(parseLine: ParseLine, sink: ReplySink, limits: Limits, expectation?: Expectation) {
    this.#parseLine = parseLine;
    this.#sink = sink;
    this.#limits = limits;
    this.#expectation = expectation;
  }

  push(chunk: Uint8Array): void {
    if (this.#dead !== undefined) throw this.#dead;
    const length = chunk.length;
    let at = 0;
    this.#reply.decodesFrom(chunk);
    this.#view = undefined;
    if (this.#value !== undefined) at = this.#continueValue(chunk);
    else if (this.#heldLength > 0) at = this.#continueLine(chunk);
    while (at < length) at = this.#decodeAt(chunk, at, length);
    this.#reply.decodesFrom(undefined);
    this.#view = undefined;
  }

  target(): Uint8Array | undefined {
    if (this.#value === undefined || !this.#ownsValue || this.#filled >= this.#length) return undefined;
    return this.#value.subarray(this.#filled, this.#length);
  }

  filled(count: number): void {
    this.#filled += count;
  }

  end(): void {
    if (this.#value !== undefined)
      this.#fail(`the stream ended inside a value: ${this.#filled} of ${this.#length} bytes`);
    if (this.#heldLength > 0) this.#fail('the stream ended inside a line');
  }

  /** Decodes the frame that begins at `start`; returns the start of the next one. */
  #decodeAt(chunk: Uint8Array, start: number, length: number): number {
    if (chunk[start] === letterV && chunk[start + 2] === letterL && this.#expectation !== undefined) {
      const next = this.#decodeExpected(this.#expectation, chunk, start, length);
      if (next > 0) return next;
    }
    let lineEnd = start;
    while (lineEnd < length && chunk[lineEnd] !== lineFeed) lineEnd++;
    if (lineEnd === length) {
      this.#hold(chunk, start, length);
      return length;
    }
    const outcome = this.#parse(chunk, start, lineEnd);
    if (outcome === complete) {
      this.#sink.onReply(this.#reply);
      return lineEnd + 1;
    }
    const { key } = this.#reply;
    return this.#decodeValue(chunk, start, lineEnd + 1, length, outcome, key.length);
  }

  /**
   * The short path of `VALUE <key> <flags> <length> CR LF`, if the key is expected and the chunk contains the whole
   * value; returns the start of the next frame, or 0.
   */
  #decodeExpected(expectation: Expectation, chunk: Uint8Array, start: number, length: number): number {
    const view = (this.#view ??= new DataView(chunk.buffer, chunk.byteOffset, length));
    const keyStart = start + valueWordLength;
    if (keyStart > length || view.getInt32(start, true) !== valueWordStart) return 0;
    if (view.getInt16(start + 4, true) !== valueWordEnd) return 0;
    const keyLength = expectation.match(view, keyStart, length);
    if (keyLength === 0) return 0;
    const flagsStart = keyStart + keyLength + 1;
    const flagsEnd = digitsEnd(chunk, flagsStart, length);
    const lengthEnd = digitsEnd(chunk, flagsEnd + 1, length);
    // The long path handles a cas.
    if (chunk[flagsEnd] !== space || chunk[lengthEnd] !== carriageReturn || chunk[lengthEnd + 1] !== lineFeed) return 0;
    const flags = numberAt(chunk, flagsStart, flagsEnd);
    const valueLength = numberAt(chunk, flagsEnd + 1, lengthEnd);
    const valueStart = lengthEnd + 2;
    if (flags < 0 || flags > maxFlags || valueLength < 0 || valueLength > this.#limits.maxValue) return 0;
    if (valueStart + valueLength + 2 > length) return 0;
    const reply = this.#reply.reset('ok', 'item');
    reply.flags = flags;
    reply.ordinal = expectation.matched;
    return this.#decodeValue(chunk, start, valueStart, length, valueLength, keyLength);
  }

  /**
   * Handles the line that begins at `start`, with a value of `count` bytes at `valueStart`; returns the start of the
   * next frame.
   */
  #decodeValue(
    chunk: Uint8Array,
    start: number,
    valueStart: number,
    length: number,
    count: number,
    keyLength: number,
  ): number {
    const valueEnd = valueStart + count;
    if (valueEnd + 2 > length) return this.#beginValue(chunk, valueStart, count);
    if (chunk[valueEnd] !== carriageReturn || chunk[valueEnd + 1] !== lineFeed) this.#failValueEnd();
    this.#reply.setBytes(chunk, valueStart, valueEnd, false);
    // Of all replies with a value only the classic `VALUE` is one of several.
    if (this.#reply.part === 'item') this.#reply.setWireForm(start, valueEnd + 2, keyLength);
    this.#sink.onReply(this.#reply);
    return valueEnd + 2;
  }

  /** `lineEnd` is the index of the LF. */
  #parse(buffer: Uint8Array, start: number, lineEnd: number): LineOutcome {
    let end = lineEnd - 1;
    if (end < start || buffer[end] !== carriageReturn) {
      // The lines of `lru_crawler metadump`, and no others, end without a CR.
      if (!isDumpLine(buffer, start)) this.#failLine(buffer, start, lineEnd);
      end = lineEnd;
    }
    if (end - start > this.#limits.maxLine)
      this.#fail(`a reply line has ${end - start} bytes; at most ${this.#limits.maxLine} are accepted`);
    const outcome = this.#parseLine(buffer, start, end, this.#reply);
    if (outcome === unknownLine) this.#failLine(buffer, start, lineEnd);
    if (outcome > this.#limits.maxValue)
      this.#fail(`a value has ${outcome} bytes; at most ${this.#limits.maxValue} are accepted`);
    return outcome;
  }

  #hold(chunk: Uint8Array, start: number, end: number): void {
    const room = this.#limits.maxLine + 2;
    if (this.#heldLength + end - start > room) this.#fail(`a reply line is longer than ${this.#limits.maxLine} bytes`);
    this.#held ??= Buffer.allocUnsafeSlow(room);
    this.#held.set(chunk.subarray(start, end), this.#heldLength);
    this.#heldLength += end - start;
  }

  /** Completes the held line from the chunk; returns the index at which decoding continues. */
  #continueLine(chunk: Uint8Array): number {
    const lineEnd = chunk.indexOf(lineFeed);
    this.#hold(chunk, 0, lineEnd < 0 ? chunk.length : lineEnd + 1);
    if (lineEnd < 0) return chunk.length;
    const held = this.#held as Buffer;
    const outcome = this.#parse(held, 0, this.#heldLength - 1);
    this.#heldLength = 0;
    if (outcome === complete) {
      this.#sink.onReply(this.#reply);
      return lineEnd + 1;
    }
    return this.#beginValue(chunk, lineEnd + 1, outcome);
  }

  /** Starts a value that the chunk may not contain completely. */
  #beginValue(chunk: Uint8Array, start: number, length: number): number {
    this.#ownsValue = length > ownBufferThreshold;
    this.#value = this.#ownsValue
      ? Buffer.allocUnsafeSlow(length)
      : (this.#scratch ??= Buffer.allocUnsafeSlow(ownBufferThreshold));
    this.#length = length;
    this.#filled = 0;
    this.#endSeen = 0;
    return start + this.#continueValue(start === 0 ? chunk : chunk.subarray(start));
  }

  #continueValue(chunk: Uint8Array): number {
    const value = this.#value as Buffer;
    let at = Math.min(this.#length - this.#filled, chunk.length);
    if (at > 0) {
      value.set(at === chunk.length ? chunk : chunk.subarray(0, at), this.#filled);
      this.#filled += at;
    }
    if (this.#filled < this.#length) return at;
    while (this.#endSeen < 2 && at < chunk.length) {
      if (chunk[at++] !== (this.#endSeen === 0 ? carriageReturn : lineFeed)) this.#failValueEnd();
      this.#endSeen++;
    }
    if (this.#endSeen === 2) {
      this.#value = undefined;
      this.#reply.setBytes(value, 0, this.#length, this.#ownsValue);
      this.#sink.onReply(this.#reply);
    }
    return at;
  }

  #failLine(buffer: Uint8Array, start: number, end: number): never {
    const shown = JSON.stringify(latin1Slice(buffer, start, Math.min(end, start + 60)));
    return this.#fail(`not a reply line: ${shown}`);
  }

  #failValueEnd(): never {
    return this.#fail('a value is not followed by CR LF');
  }

  #fail(message: string): never {
    this.#dead = new ProtocolError(message);
    throw this.#dead;
  }
}
