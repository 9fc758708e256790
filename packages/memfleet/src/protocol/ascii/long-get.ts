/**
 * A get line that exceeds the limit of other lines, split into commands of a fixed number of keys. Only the keys of the
 * piece that is being read are kept:
 *
 *   get k1 … k900│ k901 … k964│ k965 … CR LF
 *   ─────┬───────┘ ─────┬─────┘ ──────┬─────
 *      first        one piece     the last one: after it, the reply ends
 *
 * A key that is too long ends the reply with an error. memcached then drops the values before it; here the client
 * already has them.
 */
import { latin1Slice } from '../../base/bytes.ts';
import { type Command, derive, type GetLine } from '../../core/command.ts';
import { badFormat, invalid } from './faults.ts';
import type { RequestLine } from './request-line.ts';

/** The number of keys of a piece after the first. */
const pieceLength = 64;

const nul = 0;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;

/** Turns a get line above the line limit into several commands. */
export class LongGet {
  readonly #first: Command;
  readonly #maxKey: number;
  readonly #line: GetLine = { last: undefined, failure: undefined };
  #keys: string[] = [];
  /** The beginning of a word that was cut by the end of a chunk; room for a CR behind it. */
  readonly #word: Buffer;
  #wordLength = 0;
  #isRefused: boolean;
  /** Whether a NUL ended the keys, or a fault: the rest of the line is skipped. */
  #isCut: boolean;
  #piece: Command | undefined;
  /** Whether the line end was read. */
  isAtEnd = false;

  /** `first`: the command of the line so far. If it is refused, the rest is only skipped. */
  constructor(first: Command, maxKey: number) {
    this.#first = first;
    this.#maxKey = maxKey;
    this.#word = Buffer.allocUnsafeSlow(maxKey + 1);
    this.#isRefused = first.verb !== 'get';
    this.#isCut = this.#isRefused;
    if (this.#isRefused) return;
    first.line = this.#line;
    first.keys ??= [first.key];
    first.key = '';
    first.isPlainKey = false;
  }

  /** The piece that the last bytes completed. */
  take(): Command | undefined {
    const piece = this.#piece;
    this.#piece = undefined;
    return piece;
  }

  /**
   * Reads up to the end of a piece, of the line, or of the bytes; returns the index at which it stopped. `texts` makes
   * texts of the bytes.
   */
  read(bytes: Buffer, start: number, limit: number, texts: Pick<RequestLine, 'textOf'>): number {
    let at = start;
    while (at < limit) {
      if (this.#isCut) return this.#skip(bytes, at, limit);
      let end = at;
      while (end < limit && bytes[end] !== space && bytes[end] !== lineFeed && bytes[end] !== nul) end++;
      if (end === limit) {
        this.#keep(bytes, at, end);
        return limit;
      }
      this.#endWord(bytes, at, end, texts);
      at = end + 1;
      if (bytes[end] === nul) this.#isCut = true;
      if (bytes[end] === lineFeed) {
        this.#end();
        return at;
      }
      if (this.#piece !== undefined) return at;
    }
    return limit;
  }

  #skip(bytes: Buffer, at: number, limit: number): number {
    const found = bytes.indexOf(lineFeed, at);
    if (found < 0 || found >= limit) return limit;
    this.#end();
    return found + 1;
  }

  /** No key follows: the rest of the line is skipped. */
  endKeys(): void {
    this.#isCut = true;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const length = this.#wordLength + end - start;
    if (length > this.#word.length) this.#refuse();
    else {
      bytes.copy(this.#word, this.#wordLength, start, end);
      this.#wordLength = length;
    }
  }

  /** A word ends at `end`, where a space, a NUL or LF stands. */
  #endWord(bytes: Buffer, start: number, end: number, texts: Pick<RequestLine, 'textOf'>): void {
    let [source, from, to] = [bytes, start, end];
    if (this.#wordLength > 0) {
      this.#keep(bytes, start, end);
      [source, from, to] = [this.#word, 0, this.#wordLength];
      this.#wordLength = 0;
      if (this.#isRefused) return;
    }
    if (bytes[end] === lineFeed && to > from && source[to - 1] === carriageReturn) to--;
    if (to - from > this.#maxKey) this.#refuse();
    else if (to > from) this.#push(source === bytes ? texts.textOf(bytes, from, to) : latin1Slice(source, from, to));
  }

  #push(key: string): void {
    if (this.#keys.length === pieceLength) {
      this.#piece = this.#make();
      this.#keys = [];
    }
    this.#keys.push(key);
  }

  #end(): void {
    this.isAtEnd = true;
    if (this.#isRefused) return;
    const last = this.#make();
    // A piece is made when the key after it is complete, so the line end can complete two pieces: they are then one.
    if (this.#piece !== undefined) last.keys = [...(this.#piece.keys as string[]), ...this.#keys];
    this.#line.last = last;
    this.#piece = last;
  }

  #refuse(): void {
    this.#isRefused = true;
    this.#isCut = true;
    this.#piece = invalid(badFormat, 'text');
    this.#keys = [];
  }

  #make(): Command {
    return derive(this.#first, { keys: this.#keys, line: this.#line });
  }
}
