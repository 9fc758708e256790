/**
 * Decodes the requests of the text and meta protocols, resumable at any byte. What a line means is the verb table's business; here it is found, bounded,
 * and given its data block.
 *
 *   chunk ─▶ line whole in the chunk ──────────▶ cut in words ─▶ verb ─┬▶ command ─────────────────────────────────▶ sink
 *         └▶ line cut by the chunk's end ─▶ held ─┘                    ├▶ store ─▶ data block ─▶ CR LF? ─▶ command ─▶ sink
 *                                                                      └▶ refused ─▶ invalid ─▶ sink; data block skipped
 *
 * A data block of at most 4 KB becomes a byte string, a larger one a buffer of its own; above 64 KB it wants to be read straight into that (`target`).
 *
 * Nothing a peer sends throws: what cannot be accepted becomes an `invalid` command that the session answers in its turn. After one that closes, and
 * after `quit`, the decoder ignores everything.
 */
import { asBuffer, latin1Slice } from '../../base/bytes.ts';
import { Command } from '../../command.ts';
import { ProtocolError } from '../../errors.ts';
import type { CommandSink, Decoder, Limits, Texts } from '../codec.ts';
import { badChunk, invalid, lineTooLong, unknownCommand } from './faults.ts';
import { RequestLine } from './request-line.ts';
import type { AsciiVerbTable } from './verb-table.ts';

/** Values up to this length are byte strings. Above, a buffer costs less than a string and its way back into bytes. */
const stringThreshold = 4 * 1024;
/** Values above this are read straight into their buffer. */
const directThreshold = 64 * 1024;
/** A held line above this gives its memory back after use. */
const keptHold = 4 * 1024;

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
/** CR LF behind a data block. */
const endLength = 2;

/** Lines that begin so may be as long as `maxGetLine`: memcached does not bound the number of keys. */
const getVerbs: readonly string[] = ['get ', 'gets ', 'gat ', 'gats '];

type State = 'line' | 'value' | 'skip' | 'closed';

/**
 * The line that is being read: one for all decoders, so that a session that is idle has none. Nothing of it is used after `onCommand`, in which another decoder may read a line.
 */
const line = new RequestLine();

/** See the head of this file. */
export class AsciiCommandDecoder implements Decoder {
  readonly #verbs: AsciiVerbTable;
  readonly #sink: CommandSink;
  readonly #limits: Limits;
  readonly #texts: Texts;
  #state: State = 'line';
  /** A line cut by the end of a chunk. */
  #held: Buffer | undefined;
  #heldLength = 0;
  /** The store whose data block is under way: `#length` bytes, of which `#filled` are in `#value`, then CR LF. */
  #command: Command | undefined;
  #value: Buffer | undefined;
  #length = 0;
  #filled = 0;
  /** The bytes behind the data block that were seen, as one number; −1 = none. */
  #endByte = -1;
  /** Assembles values that become byte strings. */
  #scratch: Buffer | undefined;
  /** Bytes still to be skipped. */
  #skip = 0;

  constructor(verbs: AsciiVerbTable, sink: CommandSink, limits: Limits, texts: Texts = 'own') {
    this.#verbs = verbs;
    this.#sink = sink;
    this.#limits = limits;
    this.#texts = texts;
  }

  push(chunk: Uint8Array): void {
    const bytes = asBuffer(chunk);
    const limit = bytes.length;
    let at = 0;
    line.sharesTextOf(this.#texts === 'passing' ? bytes : undefined);
    while (at < limit) {
      switch (this.#state) {
        case 'line':
          at = this.#heldLength > 0 ? this.#continueLine(bytes, at, limit) : this.#decodeLine(bytes, at, limit);
          break;
        case 'value':
          at = this.#continueValue(bytes, at, limit);
          break;
        case 'skip':
          at = this.#continueSkip(at, limit);
          break;
        case 'closed':
          at = limit;
      }
    }
    line.sharesTextOf(undefined);
  }

  target(): Uint8Array | undefined {
    if (this.#state !== 'value' || this.#length <= directThreshold || this.#filled >= this.#length) return undefined;
    return (this.#value as Buffer).subarray(this.#filled, this.#length);
  }

  filled(count: number): void {
    this.#filled += count;
  }

  end(): void {
    const state = this.#state;
    this.#state = 'closed';
    if (state === 'value' || state === 'skip') throw new ProtocolError('the stream ended inside a data block');
    if (state === 'line' && this.#heldLength > 0) throw new ProtocolError('the stream ended inside a request line');
  }

  /** Decodes the line that begins at `at`; returns where decoding goes on. */
  #decodeLine(bytes: Buffer, at: number, limit: number): number {
    const next = line.scan(bytes, at, limit);
    if (next < 0) {
      this.#hold(bytes, at, limit);
      return limit;
    }
    return this.#act(bytes, next, limit);
  }

  /** Completes the held line from the chunk; returns where decoding goes on. */
  #continueLine(bytes: Buffer, at: number, limit: number): number {
    const found = bytes.indexOf(lineFeed, at);
    const next = found < 0 ? limit : found + 1;
    if (!this.#hold(bytes, at, next) || found < 0) return next;
    const held = this.#held as Buffer;
    line.scan(held, 0, this.#heldLength);
    this.#heldLength = 0;
    if (held.length > keptHold) this.#held = undefined;
    return this.#act(bytes, next, limit);
  }

  /** Keeps the bytes `start` … `end` of a line. False when it got too long, which ends the decoder. */
  #hold(bytes: Buffer, start: number, end: number): boolean {
    const before = this.#heldLength;
    const length = before + end - start;
    if (this.#held === undefined || this.#held.length < length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256, length * 2));
      if (before > 0) (this.#held as Buffer).copy(larger, 0, 0, before);
      this.#held = larger;
    }
    const held = this.#held;
    bytes.copy(held, before, start, end);
    this.#heldLength = length;
    // The line end does not count. A CR that came last may belong to it.
    let text = length;
    if (held[text - 1] === lineFeed) text--;
    if (text > 0 && held[text - 1] === carriageReturn) text--;
    if (text <= this.#limits.maxLine || text <= this.#lineLimit(held, 0, text)) return true;
    this.#heldLength = 0;
    this.#held = undefined;
    this.#emit(invalid(lineTooLong, 'text'));
    return false;
  }

  /** How long the line that begins so may be. Looks at its first `maxLine` bytes only, so that chunking makes no difference. */
  #lineLimit(bytes: Buffer, start: number, end: number): number {
    const { maxLine, maxGetLine } = this.#limits;
    const stop = Math.min(end, start + maxLine);
    let at = start;
    while (at < stop && bytes[at] === space) at++;
    const begin = latin1Slice(bytes, at, Math.min(at + 5, stop));
    return getVerbs.some((verb) => begin.startsWith(verb)) ? Math.max(maxLine, maxGetLine) : maxLine;
  }

  /** Acts on the line that was cut. What follows it begins at `next` of `bytes`; returns where decoding goes on. */
  #act(bytes: Buffer, next: number, limit: number): number {
    const length = line.end - line.start;
    if (length > this.#limits.maxLine && length > this.#lineLimit(asBuffer(line.bytes), line.start, line.end)) {
      this.#emit(invalid(lineTooLong, 'text'));
      return next;
    }
    const parse = this.#verbs.find(line);
    if (parse === undefined) {
      this.#emit(this.#unknown());
      return next;
    }
    const command = parse(line, this.#limits);
    const valueLength = line.valueLength;
    if (valueLength < 0) this.#emit(command);
    else if (command.verb !== 'store') {
      this.#skip = valueLength + endLength;
      this.#state = 'skip';
      this.#emit(command);
    } else if (next + valueLength + endLength <= limit) return this.#takeValue(command, bytes, next, valueLength);
    else this.#beginValue(command, valueLength);
    return next;
  }

  /** A line that ends like that of an HTTP request closes the connection without a word, before its headers are read as commands. */
  #unknown(): Command {
    if (line.words > 1 && line.lastBeginsWith('HTTP/')) {
      const quit = new Command('quit');
      quit.dialect = 'text';
      return quit;
    }
    return invalid(unknownCommand, 'text');
  }

  #emit(command: Command): void {
    if (command.verb === 'quit' || command.fault?.close === true) this.#state = 'closed';
    this.#sink.onCommand(command);
  }

  /** The data block lies whole in the chunk. */
  #takeValue(command: Command, bytes: Buffer, at: number, length: number): number {
    const end = at + length;
    if (bytes[end] !== carriageReturn || bytes[end + 1] !== lineFeed) {
      this.#emitBadChunk(command);
      return end + endLength;
    }
    if (length <= stringThreshold) command.value = line.textOf(bytes, at, end);
    else {
      const value = Buffer.allocUnsafeSlow(length);
      bytes.copy(value, 0, at, end);
      command.value = value;
    }
    this.#emit(command);
    return end + endLength;
  }

  #beginValue(command: Command, length: number): void {
    this.#command = command;
    this.#value =
      length > stringThreshold
        ? Buffer.allocUnsafeSlow(length)
        : (this.#scratch ??= Buffer.allocUnsafeSlow(stringThreshold));
    this.#length = length;
    this.#filled = 0;
    this.#endByte = -1;
    this.#state = 'value';
  }

  #continueValue(bytes: Buffer, start: number, limit: number): number {
    let at = start;
    const missing = this.#length - this.#filled;
    if (missing > 0) {
      const count = Math.min(missing, limit - at);
      bytes.copy(this.#value as Buffer, this.#filled, at, at + count);
      this.#filled += count;
      at += count;
      if (count < missing || at === limit) return at;
    }
    // Two bytes are read in any case, as memcached does; only then are they judged.
    if (this.#endByte < 0) {
      this.#endByte = bytes[at++] as number;
      if (at === limit) return at;
    }
    const isEnd = this.#endByte === carriageReturn && bytes[at] === lineFeed;
    this.#finishValue(isEnd);
    return at + 1;
  }

  #finishValue(isEnd: boolean): void {
    const command = this.#command as Command;
    const value = this.#value as Buffer;
    this.#command = undefined;
    this.#value = undefined;
    this.#state = 'line';
    if (!isEnd) this.#emitBadChunk(command);
    else {
      command.value = this.#length > stringThreshold ? value : latin1Slice(value, 0, this.#length);
      this.#emit(command);
    }
  }

  /**
   * As in memcached, what follows the announced length is then read as commands, so most clients that miscount get a second error. `q` does not silence
   * it, `noreply` does.
   */
  #emitBadChunk(store: Command): void {
    this.#emit(invalid(badChunk, store.dialect, store.quiet && store.dialect === 'text'));
  }

  #continueSkip(at: number, limit: number): number {
    const count = Math.min(this.#skip, limit - at);
    this.#skip -= count;
    if (this.#skip === 0) this.#state = 'line';
    return at + count;
  }
}
