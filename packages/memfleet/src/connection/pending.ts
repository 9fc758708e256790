/**
 * The one queue that pairs replies with commands.
 *
 *        head                                   tail
 *          ▼                                      ▼
 *   ring [ A  B  ✝  D ┊ E  F ]        A…D are written, E and F wait for the flush
 *                ▲    ▲
 *        tombstone    written          ✝ = timed out: its handler has been told, its reply is owed and will be swallowed
 *
 * In order (text, meta): a reply belongs to the head. By opaque (binary): a reply names its entry; the sequence number is the opaque.
 * A reply for nobody, or of a shape that its command cannot have, is a ProtocolError: the owner destroys the connection, nothing resynchronises.
 *
 * Classic gets are written as one line for many entries (`span` on the first of them): each `VALUE` answers the entry that it names, and at `END` the rest are
 * misses. memcached gives values in the order asked; proxies that spread a line over several nodes do not (Moxi: docs/protocols.md#moxi).
 *
 * A get of many keys is one entry. Where it was said in quiet gets closed by a no-op (meta with keys that a line cannot carry, binary), an error answer is
 * that of ONE of them: the caller is told at once, the entry stays until the no-op is answered.
 */
import { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { ExpectedKeys } from '../protocol/ascii/expected-keys.ts';
import { opcodeOf } from '../protocol/binary/command-encoder.ts';
import { opcode } from '../protocol/binary/opcodes.ts';
import type { ReplySink } from '../protocol/codec.ts';
import { isPlainKey } from '../protocol/key.ts';
import { InFlightKeys } from './in-flight-keys.ts';
import { ItemOrder } from './item-order.ts';
import { fits, isStat, notAsked, unexpected } from './reply-shape.ts';

const nothing = new Command('noop');
/** The handler of an entry whose caller has been told all there is to tell. */
const tombstone: Handler = { onReply() {}, onError() {} };
/** In place of a span: a get of many keys that is a line of its own, or quiet gets closed by a no-op. */
const oneLine = 0xfffe;
const quietGets = 0xffff;

/** Makes the error of one entry; `sent` tells whether its bytes were written. */
export type MakeError = (command: Command, sent: boolean) => MemcacheError;

/** The queue that pairs the replies of a connection with its commands. */
export class Pending implements ReplySink {
  #commands: Command[];
  #handlers: Handler[];
  /** How many entries the line of this one asks for; 0 = the entry is not (the first) of a merged get. */
  #spans: Uint16Array;
  /** Entries answered out of turn. */
  #isDone: Uint8Array;
  #mask: number;
  #head = 0;
  #tail = 0;
  #written = 0;
  /** Entries that are left of the merged get in progress; −1 = none is in progress. */
  #left = -1;
  #earliest = Infinity;
  readonly #keys = new InFlightKeys();
  /** Of the get at the head: numbered by entry if it is merged, else by index in its keys. Its `next` is where a value is looked for first. */
  readonly #expected = new ExpectedKeys();
  /** The entry of many keys that these are for. */
  #expectedFor = -1;
  readonly #items = new ItemOrder();
  readonly #keyOf = (entry: number): string => (this.#commands[entry & this.#mask] as Command).key;
  readonly #byOpaque: boolean;

  /** `capacity`: a power of two, grows when needed. `first`: the sequence number of the first entry. */
  constructor(byOpaque: boolean, capacity = 64, first = 0) {
    this.#byOpaque = byOpaque;
    [this.#head, this.#tail, this.#written] = [first, first, first];
    this.#mask = capacity - 1;
    this.#commands = Array.from({ length: capacity }, () => nothing);
    this.#handlers = Array.from({ length: capacity }, () => tombstone);
    this.#spans = new Uint16Array(capacity);
    this.#isDone = new Uint8Array(capacity);
  }

  /** Entries whose reply is owed, tombstones included. */
  get length(): number {
    return this.#tail - this.#head;
  }

  /** Entries that are on the line of another one whose answer has not begun. */
  joined = 0;

  /** Entries that wait for the flush. */
  get unwritten(): number {
    return this.#tail - this.#written;
  }

  /** Would the command overtake one of these, if it were sent on another connection? */
  conflictsWith(command: Command): boolean {
    if (this.#head !== this.#tail) return this.#keys.conflictsWith(command, this.#entries());
    this.#keys.clear();
    return false;
  }

  *#entries(): Iterable<Command> {
    for (let at = this.#head; at < this.#tail; at++) yield this.#commands[at & this.#mask] as Command;
  }

  /** Does anybody still wait for an answer? Entries that timed out do not. */
  get isAwaited(): boolean {
    for (let entry = this.#head; entry < this.#tail; entry++)
      if (this.#handlers[entry & this.#mask] !== tombstone) return true;
    return false;
  }

  /** The opaque that the next entry will have. */
  get nextOpaque(): number {
    return this.#tail >>> 0;
  }

  /** The earliest deadline among the entries: ms on the clock; Infinity = none. May be too early, never too late. */
  get earliestDeadline(): number {
    return this.#earliest;
  }

  push(command: Command, handler: Handler): void {
    if (this.#tail - this.#head > this.#mask) this.#grow();
    const at = this.#tail++ & this.#mask;
    this.#commands[at] = command;
    this.#handlers[at] = handler;
    this.#spans[at] = 0;
    this.#isDone[at] = 0;
    this.#keys.push(command, this.#tail - this.#head);
    const deadline = command.deadline;
    if (deadline !== 0 && deadline < this.#earliest) this.#earliest = deadline;
  }

  /** The last `count` entries were written as one get. */
  markMerged(count: number): void {
    this.#spans[(this.#tail - count) & this.#mask] = count;
    this.joined += count - 1;
  }

  /** Everything pushed so far has been given to the transport. */
  markWritten(): void {
    this.#written = this.#tail;
  }

  expectedKeys(): ExpectedKeys | undefined {
    if (this.#left < 0) {
      if (this.#head === this.#tail) return undefined;
      const at = this.#head & this.#mask;
      const { keys } = this.#commands[at] as Command;
      const span = this.#spans[at] as number;
      if (keys === undefined && span === 0) return undefined;
      if (keys === undefined) {
        this.#beginMerged(span);
        this.#expected.expect(this.#head + span, this.#keyOf);
      } else if (this.#expectedFor !== this.#head || this.#expected.isExhausted) this.#expectKeys(keys);
    }
    return this.#expected;
  }

  onReply(reply: Reply): void {
    if (this.#byOpaque) this.#pairByOpaque(reply);
    else if (this.#left >= 0) this.#pairMerged(reply);
    else if (this.#head === this.#tail) throw unexpected(reply);
    else {
      const span = this.#spans[this.#head & this.#mask] as number;
      if (span !== 0 && span < oneLine) this.#pairMerged(reply);
      else this.#pairInOrder(reply);
    }
  }

  /**
   * Tells the handlers of entries whose deadline has passed, leaves tombstones, returns how many there were. All count as sent: what is not written yet
   * stands between others in the writer and will be.
   */
  expire(now: number, makeError: MakeError): number {
    if (now < this.#earliest) return 0;
    let count = 0;
    let earliest = Infinity;
    for (let entry = this.#head; entry < this.#tail; entry++) {
      const at = entry & this.#mask;
      const command = this.#commands[at] as Command;
      const handler = this.#handlers[at] as Handler;
      if (command.deadline === 0 || handler === tombstone) continue;
      if (command.deadline > now) {
        if (command.deadline < earliest) earliest = command.deadline;
        continue;
      }
      this.#handlers[at] = tombstone;
      count++;
      handler.onError(makeError(command, true));
    }
    this.#earliest = earliest;
    return count;
  }

  /** Ends every entry with an error. Returns how many callers were told. Those that were not written go to `spare` instead, if it is given. */
  failAll(makeError: MakeError, spare?: (command: Command, handler: Handler) => void): number {
    this.#left = -1;
    this.#earliest = Infinity;
    let count = 0;
    while (this.#head < this.#tail) {
      const at = this.#head & this.#mask;
      const command = this.#commands[at] as Command;
      const handler = this.#handlers[at] as Handler;
      const isSent = this.#head < this.#written;
      this.#drop();
      if (handler === tombstone) continue;
      if (!isSent && spare !== undefined) {
        spare(command, handler);
        continue;
      }
      count++;
      handler.onError(makeError(command, isSent));
    }
    return count;
  }

  #pairInOrder(reply: Reply): void {
    const at = this.#head & this.#mask;
    const handler = this.#handlers[at] as Handler;
    const command = this.#commands[at] as Command;
    if (command.keys !== undefined && reply.part === 'whole' && !this.#pairsQuietGet(reply, command, at)) return;
    if (reply.part === 'whole') {
      if (!fits(command, reply)) throw unexpected(reply);
      this.#drop();
    } else if (command.keys !== undefined) {
      if (reply.part === 'item') this.#checkAsked(reply, command.keys);
      else this.#drop();
    } else if ((command.verb !== 'stats' && command.verb !== 'admin') || !isStat(reply)) throw unexpected(reply);
    else if (reply.part === 'end') this.#drop();
    handler.onReply(reply);
  }

  /** Was the value asked for by the head? */
  #checkAsked(reply: Reply, keys: readonly string[]): void {
    let index = this.#expected.take();
    if (index < 0) {
      index = keys.indexOf(reply.key, this.#expected.next);
      if (index < 0) index = keys.indexOf(reply.key);
      if (index < 0) throw notAsked(reply);
    }
    this.#expected.next = index + 1;
    // The caller's own string: its hash is known already, which makes it a cheaper key of a Map than an equal one.
    reply.key = keys[index] as string;
  }

  /**
   * One answer to a get of many keys that names no part. Said in quiet gets: its values are items, `MN` is the end. False: it was dealt with.
   */
  #pairsQuietGet(reply: Reply, command: Command, at: number): boolean {
    const keys = command.keys as readonly string[];
    if (this.#spans[at] === 0) this.#spans[at] = keys.every(isPlainKey) ? oneLine : quietGets;
    const isError = reply.status === 'error';
    if (this.#spans[at] === oneLine) {
      if (isError) return true;
      throw unexpected(reply);
    }
    if (isError) {
      // What else comes for the entry is swallowed.
      const handler = this.#handlers[at] as Handler;
      this.#handlers[at] = tombstone;
      handler.onReply(reply);
    } else if (reply.status === 'ok') reply.part = reply.key === '' ? 'end' : 'item';
    return reply.status === 'ok';
  }

  #pairMerged(reply: Reply): void {
    if (this.#left < 0) this.#beginMerged(this.#spans[this.#head & this.#mask] as number);
    if (reply.part === 'item') this.#pairValue(reply);
    else if (reply.part === 'end' || reply.status === 'error') this.#endMerged(reply);
    else throw unexpected(reply);
  }

  #beginMerged(span: number): void {
    this.#left = span;
    this.joined -= span - 1;
    this.#expected.begin(this.#head);
  }

  #expectKeys(keys: readonly string[]): void {
    if (this.#expectedFor !== this.#head) this.#expected.begin(0);
    this.#expectedFor = this.#head;
    this.#expected.expect(keys.length, (index) => keys[index] as string);
  }

  /** Gives a value to the entry of the merged get that it names. */
  #pairValue(reply: Reply): void {
    const ahead = this.#findEntry(reply);
    const at = (this.#head + ahead) & this.#mask;
    const handler = this.#handlers[at] as Handler;
    // The reply's own is there only if it was not the one expected.
    reply.key = (this.#commands[at] as Command).key;
    const next = this.#head + ahead + 1;
    this.#isDone[at] = 1;
    this.#handlers[at] = tombstone;
    while (this.#left > 0 && this.#isDone[this.#head & this.#mask] === 1) {
      this.#drop();
      this.#left--;
    }
    // More may be dropped than up to this one: those behind it that were answered before.
    this.#expected.next = Math.max(next, this.#head);
    reply.part = 'whole';
    handler.onReply(reply);
  }

  /** How far from the head the entry of the merged get is that the value belongs to. */
  #findEntry(reply: Reply): number {
    const found = this.#expected.take();
    if (found >= 0) {
      if (this.#isDone[found & this.#mask] === 0) return found - this.#head;
      // It was answered out of turn before; another entry may have the same key.
      reply.key = (this.#commands[found & this.#mask] as Command).key;
    }
    for (let i = 0; i < this.#left; i++) {
      const ahead = (this.#expected.next - this.#head + i) % this.#left;
      const at = (this.#head + ahead) & this.#mask;
      if (this.#isDone[at] === 0 && (this.#commands[at] as Command).key === reply.key) return ahead;
    }
    throw notAsked(reply);
  }

  /** No more values: the rest are misses, or fail with the line. */
  #endMerged(reply: Reply): void {
    const { status, errorKind, message } = reply;
    const end = this.#head + this.#left;
    this.#left = -1;
    // A handler may end everything: then the head is at the tail.
    while (this.#head < end) {
      const handler = this.#handlers[this.#head & this.#mask] as Handler;
      this.#drop();
      if (status === 'error') reply.setError(errorKind, message);
      else reply.reset('miss');
      handler.onReply(reply);
    }
  }

  #pairByOpaque(reply: Reply): void {
    const ahead = (reply.opaqueNumber - this.#head) >>> 0;
    if (ahead >= this.#tail - this.#head) throw unexpected(reply);
    const at = (this.#head + ahead) & this.#mask;
    if (this.#isDone[at] === 1) throw unexpected(reply);
    const command = this.#commands[at] as Command;
    const handler = this.#handlers[at] as Handler;
    // The NOOP that closes a get of many keys has an opcode of its own.
    const isEnd = command.keys !== undefined && reply.opcode === opcode.noop;
    if (!isEnd && reply.opcode !== opcodeOf(command)) throw unexpected(reply);
    if (command.keys !== undefined) {
      this.#pairKeys(reply, command.keys, handler, at, isEnd);
      return;
    }
    if (reply.part === 'item') {
      if (command.verb === 'stats' ? !isStat(reply) : command.packet === undefined) throw unexpected(reply);
      handler.onReply(reply);
      return;
    }
    if (!fits(command, reply)) throw unexpected(reply);
    this.#finish(at);
    handler.onReply(reply);
  }

  /** Binary: a value of a get of many keys, an error of one of them, or the NOOP that closes it. */
  #pairKeys(reply: Reply, keys: readonly string[], handler: Handler, at: number, isEnd: boolean): void {
    if (isEnd) this.#finish(at);
    if (reply.status === 'error') {
      if (!isEnd) this.#handlers[at] = tombstone;
    } else if (isEnd) reply.part = 'end';
    else if (reply.part !== 'item') return;
    else this.#items.take(reply, keys);
    handler.onReply(reply);
  }

  #finish(at: number): void {
    this.#isDone[at] = 1;
    this.#handlers[at] = tombstone;
    while (this.#head < this.#tail && this.#isDone[this.#head & this.#mask] === 1) this.#drop();
  }

  #drop(): void {
    const at = this.#head++ & this.#mask;
    this.#commands[at] = nothing;
    this.#handlers[at] = tombstone;
  }

  #grow(): void {
    const mask = this.#mask * 2 + 1;
    const commands = Array.from({ length: mask + 1 }, () => nothing);
    const handlers = Array.from({ length: mask + 1 }, () => tombstone);
    const spans = new Uint16Array(mask + 1);
    const isDone = new Uint8Array(mask + 1);
    for (let entry = this.#head; entry < this.#tail; entry++) {
      const from = entry & this.#mask;
      const to = entry & mask;
      commands[to] = this.#commands[from] as Command;
      handlers[to] = this.#handlers[from] as Handler;
      spans[to] = this.#spans[from] as number;
      isDone[to] = this.#isDone[from] as number;
    }
    this.#commands = commands;
    this.#handlers = handlers;
    this.#spans = spans;
    this.#isDone = isDone;
    this.#mask = mask;
  }
}
