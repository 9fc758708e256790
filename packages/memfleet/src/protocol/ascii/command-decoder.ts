/**
 * Decodes the requests of the text and meta protocols, resumable at any byte. The verb table gives a line its meaning;
 * this decoder finds the line, bounds it, and reads its data block.
 *
 *   chunk ─▶ line whole in the chunk ──────▶ cut in words ─▶ verb ─┬▶ command ─────────────────────────────▶ sink
 *         └▶ line cut by the chunk's end ─▶ held ─┘                ├▶ store ─▶ data block, CR LF ─▶ command ─▶ sink
 *                                          │                       └▶ refused ─▶ invalid ─▶ sink; data block skipped
 *                                          └▶ a get line over `maxLine` ─▶ LongGet ─▶ commands of many keys ─▶ sink
 *
 * A data block of at most 4 KB becomes a byte string, a larger one a buffer of its own; above 64 KB it is read directly
 * into that buffer (`target`).
 *
 * No input of a peer throws: a request that cannot be accepted becomes an `invalid` command, to which the session
 * replies in order. After one that closes, and after `quit`, the decoder ignores everything.
 */
import { asBuffer, latin1Slice } from '../../base/bytes.ts';
import { Command } from '../../core/command.ts';
import { ProtocolError } from '../../core/errors.ts';
import {
  type Allocate,
  allocateOwn,
  type CommandDecoder,
  type CommandSink,
  type Limits,
  type Texts,
} from '../codec.ts';
import { DataBlock, endLength, stringThreshold } from './data-block.ts';
import { badChunk, badFormat, invalid, lineTooLong, noMemory, noNewMemory, unknownCommand } from './faults.ts';
import { LongGet } from './long-get.ts';
import { RequestLine } from './request-line.ts';
import type { AsciiVerbTable } from './verb-table.ts';

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;

/** Lines with these beginnings may have any length: memcached does not bound the number of keys. */
const getVerbs: readonly string[] = ['get ', 'gets ', 'gat ', 'gats '];

type State = 'line' | 'keys' | 'value' | 'skip' | 'closed';

/**
 * The line that is being read: one for all decoders, so that an idle session has none. It is not used after
 * `onCommand`, in which another decoder may read a line.
 */
const line = new RequestLine();

/** Decodes requests of the text and meta protocols, resumable at any byte. */
export class AsciiCommandDecoder implements CommandDecoder {
  readonly #verbs: AsciiVerbTable;
  readonly #sink: CommandSink;
  #limits: Limits;
  readonly #texts: Texts;
  readonly #allocate: Allocate;
  #state: State = 'line';
  /** Whether the sink accepts no further command now. */
  #isStopped = false;
  /** The get line that exceeds the limit of other lines. */
  #long: LongGet | undefined;
  /** A line cut by the end of a chunk. */
  #held: Buffer | undefined;
  #heldLength = 0;
  /** The store whose data block is in progress. */
  #command: Command | undefined;
  /** Made when a chunk first contains only a part of a data block. */
  #block: DataBlock | undefined;
  /** The number of bytes still to be skipped. */
  #skip = 0;

  constructor(
    verbs: AsciiVerbTable,
    sink: CommandSink,
    limits: Limits,
    texts: Texts = 'owned',
    allocate: Allocate = allocateOwn,
  ) {
    this.#verbs = verbs;
    this.#sink = sink;
    this.#limits = limits;
    this.#texts = texts;
    this.#allocate = allocate;
  }

  push(chunk: Uint8Array): number {
    const bytes = asBuffer(chunk);
    const limit = bytes.length;
    let at = 0;
    this.#isStopped = false;
    line.sharesTextOf(this.#texts === 'borrowed' ? bytes : undefined);
    try {
      while (at < limit && !this.#isStopped) at = this.#step(bytes, at, limit);
    } finally {
      line.sharesTextOf(undefined);
    }
    return at;
  }

  #step(bytes: Buffer, at: number, limit: number): number {
    switch (this.#state) {
      case 'line':
        return this.#heldLength > 0 ? this.#continueLine(bytes, at, limit) : this.#decodeLine(bytes, at, limit);
      case 'keys':
        return this.#continueKeys(bytes, at, limit);
      case 'value':
        return this.#continueValue(bytes, at, limit);
      case 'skip':
        return this.#continueSkip(at, limit);
      default:
        return limit;
    }
  }

  get unfinished(): number {
    switch (this.#state) {
      case 'line':
        return this.#heldLength;
      case 'value':
        return this.#block?.size ?? 0;
      case 'keys':
        return this.#limits.maxKey;
      case 'skip':
        return 1;
      default:
        return 0;
    }
  }

  limit(limits: Partial<Limits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  releaseMemory(): void {
    if (this.#heldLength === 0) this.#held = undefined;
    if (this.#state !== 'value') this.#block = undefined;
  }

  target(): Uint8Array | undefined {
    return this.#state === 'value' ? this.#block?.target() : undefined;
  }

  filled(count: number): void {
    this.#block?.filled(count);
  }

  end(): void {
    const state = this.#state;
    this.#state = 'closed';
    if (state === 'value' || state === 'skip') throw new ProtocolError('the stream ended inside a data block');
    if (state === 'keys' || (state === 'line' && this.#heldLength > 0))
      throw new ProtocolError('the stream ended inside a request line');
  }

  /** Decodes the line that begins at `at`; returns the index at which decoding continues. */
  #decodeLine(bytes: Buffer, at: number, limit: number): number {
    const next = line.scan(bytes, at, limit);
    if (next < 0) return this.#hold(bytes, at, limit);
    return line.end - at > this.#limits.maxLine ? this.#hold(bytes, at, next) : this.#act(bytes, next, limit);
  }

  /** Completes the held line from the chunk; returns the index at which decoding continues. */
  #continueLine(bytes: Buffer, at: number, limit: number): number {
    const found = bytes.indexOf(lineFeed, at);
    const next = this.#hold(bytes, at, found < 0 ? limit : found + 1);
    if (found < 0 || this.#state !== 'line') return next;
    const held = this.#held as Buffer;
    line.scan(held, 0, this.#heldLength);
    this.#heldLength = 0;
    return this.#act(bytes, next, limit);
  }

  /**
   * Keeps the bytes `start` … `end` of a line. A line that becomes too long is refused, or becomes a LongGet. Returns
   * the index at which decoding continues.
   */
  #hold(bytes: Buffer, start: number, end: number): number {
    const { maxLine } = this.#limits;
    const before = this.#heldLength;
    const length = before + Math.min(end - start, maxLine + endLength - before);
    if (this.#held === undefined || this.#held.length < length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256, length * 2));
      if (before > 0) (this.#held as Buffer).copy(larger, 0, 0, before);
      this.#held = larger;
    }
    const held = this.#held;
    bytes.copy(held, before, start, start + length - before);
    this.#heldLength = length;
    // The line end does not count. A CR at the end may belong to it.
    let text = length;
    if (held[text - 1] === lineFeed) text--;
    if (text > 0 && held[text - 1] === carriageReturn) text--;
    if (text <= maxLine) return start + length - before;
    // The first `maxLine` bytes and one more are cut off, independent of the chunks.
    this.#beginKeys(held, maxLine + 1);
    this.#heldLength = 0;
    return start + maxLine + 1 - before;
  }

  /** The line continues beyond the held bytes. The complete keys in them are the first piece of a get. */
  #beginKeys(held: Buffer, length: number): void {
    let at = 0;
    while (at < length && held[at] === space) at++;
    const begin = latin1Slice(held, at, Math.min(at + 5, length));
    if (!getVerbs.some((verb) => begin.startsWith(verb))) {
      this.#emit(invalid(lineTooLong, 'text'));
      return;
    }
    const nul = held.subarray(0, length).indexOf(0);
    const end = nul < 0 ? length : nul + 1;
    if (nul >= 0) held[nul] = space;
    let cut = held.lastIndexOf(space, end - 1);
    const isKeyTooLong = end - cut - 1 > this.#limits.maxKey;
    // Not behind a CR, which would be taken as part of the line end.
    while (held[cut - 1] === carriageReturn) cut = held.lastIndexOf(space, cut - 1);
    held[cut] = lineFeed;
    line.scan(held, 0, cut + 1);
    const parsed = isKeyTooLong ? undefined : this.#verbs.find(line)?.(line, this.#limits);
    const first = parsed ?? invalid(badFormat, 'text');
    this.#long = new LongGet(first, this.#limits.maxKey);
    this.#state = 'keys';
    this.#emit(first);
    for (let next = cut + 1; next < end;) next = this.#continueKeys(held, next, end);
    if (nul >= 0) this.#long.endKeys();
  }

  #continueKeys(bytes: Buffer, at: number, limit: number): number {
    const long = this.#long as LongGet;
    const next = long.read(bytes, at, limit, line);
    const piece = long.take();
    if (long.isAtEnd) {
      this.#state = 'line';
      this.#long = undefined;
    }
    if (piece !== undefined) this.#emit(piece);
    return next;
  }

  /**
   * Acts on the line that was cut. The bytes after it begin at `next`; returns the index at which decoding continues.
   */
  #act(bytes: Buffer, next: number, limit: number): number {
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

  /**
   * A line that ends like that of an HTTP request closes the connection without a reply, before its headers are read as
   * commands.
   */
  #unknown(): Command {
    if (line.words > 1 && line.lastBeginsWith('HTTP/')) {
      const quit = new Command('quit');
      quit.dialect = 'text';
      quit.fault = unknownCommand;
      return quit;
    }
    return invalid(unknownCommand, 'text');
  }

  #emit(command: Command): void {
    if (command.verb === 'quit' || command.fault?.close === true) this.#state = 'closed';
    if (this.#sink.onCommand(command) === false) this.#isStopped = true;
  }

  /** The data block lies whole in the chunk. */
  #takeValue(command: Command, bytes: Buffer, at: number, length: number): number {
    const end = at + length;
    if (bytes[end] !== carriageReturn || bytes[end + 1] !== lineFeed) {
      this.#emitBadChunk(command);
      return end + endLength;
    }
    if (length <= stringThreshold) command.value = line.dataOf(bytes, at, end);
    else {
      const value = this.#allocate(length);
      if (value === undefined) {
        this.#emit(withoutMemory(command));
        return end + endLength;
      }
      bytes.copy(value, 0, at, end);
      command.value = value;
    }
    this.#emit(command);
    return end + endLength;
  }

  #beginValue(command: Command, length: number): void {
    const block = (this.#block ??= new DataBlock(this.#allocate));
    if (!block.begin(length)) {
      this.#skip = length + endLength;
      this.#state = 'skip';
      this.#emit(withoutMemory(command));
      return;
    }
    this.#command = command;
    this.#state = 'value';
  }

  #continueValue(bytes: Buffer, start: number, limit: number): number {
    const block = this.#block as DataBlock;
    const next = block.read(bytes, start, limit);
    if (next < 0) return limit;
    const command = this.#command as Command;
    this.#command = undefined;
    this.#state = 'line';
    if (block.isEnded) {
      command.value = block.take();
      this.#emit(command);
    } else {
      block.drop();
      this.#emitBadChunk(command);
    }
    return next;
  }

  /**
   * As in memcached, the bytes after the announced length are then read as commands, so most clients that miscount
   * receive a second error. `q` does not suppress it, `noreply` does.
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

/** The fault of a store for whose data block there is no memory. */
function withoutMemory({ dialect, mode, cas, quiet, key }: Command): Command {
  const dropsOld = dialect === 'meta' || (mode === 'set' && cas === 0n);
  return invalid(dropsOld ? noMemory : noNewMemory, dialect, quiet && dialect === 'text', key);
}
