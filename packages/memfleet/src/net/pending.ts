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
 * A reply for nobody is a ProtocolError: the owner destroys the connection, nothing resynchronises.
 *
 * Classic gets are written as one line for many entries (`span` on the first of them): `VALUE`s come in the order asked with the misses left out, so every entry
 * before the named one is a miss, and so is the rest at `END`.
 */
import { Command } from '../command.ts';
import { type Handler, swallow } from '../dispatcher.ts';
import { type MemcacheError, ProtocolError } from '../errors.ts';
import type { ReplySink } from '../protocol/codec.ts';
import type { Reply } from '../reply.ts';

const nothing = new Command('noop');

/** Makes the error of one entry; `sent` tells whether its bytes were written. */
export type MakeError = (command: Command, sent: boolean) => MemcacheError;

/** See the head of this file. */
export class Pending implements ReplySink {
  #commands: Command[];
  #handlers: Handler[];
  /** How many entries the line of this one asks for; 0 = the entry is not (the first) of a merged get. */
  #spans: Uint16Array;
  /** By opaque: entries answered out of turn. */
  #isDone: Uint8Array;
  #mask: number;
  #head = 0;
  #tail = 0;
  #written = 0;
  /** Entries of the merged get under way that are not answered yet; −1 = none is under way. */
  #left = -1;
  #earliest = Infinity;
  readonly #byOpaque: boolean;

  constructor(byOpaque: boolean, capacity = 64) {
    this.#byOpaque = byOpaque;
    this.#mask = capacity - 1;
    this.#commands = Array.from({ length: capacity }, () => nothing);
    this.#handlers = Array.from({ length: capacity }, () => swallow);
    this.#spans = new Uint16Array(capacity);
    this.#isDone = new Uint8Array(capacity);
  }

  /** Entries whose reply is owed, tombstones included. */
  get length(): number {
    return this.#tail - this.#head;
  }

  /** Is anything owed, the `END` of a merged get included? */
  get isOwed(): boolean {
    return this.#tail !== this.#head || this.#left >= 0;
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
    const deadline = command.deadline;
    if (deadline !== 0 && deadline < this.#earliest) this.#earliest = deadline;
  }

  /** The last `count` entries were written as one get. */
  markMerged(count: number): void {
    this.#spans[(this.#tail - count) & this.#mask] = count;
  }

  /** Everything pushed so far has been given to the transport. */
  markWritten(): void {
    this.#written = this.#tail;
  }

  onReply(reply: Reply): void {
    if (this.#byOpaque) this.#pairByOpaque(reply);
    else if (this.#left >= 0 || (this.#head !== this.#tail && this.#spans[this.#head & this.#mask] !== 0))
      this.#pairMerged(reply);
    else this.#pairInOrder(reply);
  }

  /** Tells the handlers of entries whose deadline has passed, leaves tombstones, returns how many there were. */
  expire(now: number, makeError: MakeError): number {
    if (now < this.#earliest) return 0;
    let count = 0;
    let earliest = Infinity;
    for (let entry = this.#head; entry < this.#tail; entry++) {
      const at = entry & this.#mask;
      const command = this.#commands[at] as Command;
      const handler = this.#handlers[at] as Handler;
      if (command.deadline === 0 || handler === swallow) continue;
      if (command.deadline > now) {
        if (command.deadline < earliest) earliest = command.deadline;
        continue;
      }
      this.#handlers[at] = swallow;
      count++;
      handler.onError(makeError(command, entry < this.#written));
    }
    this.#earliest = earliest;
    return count;
  }

  /** Ends every entry with an error. */
  failAll(makeError: MakeError): void {
    this.#left = -1;
    this.#earliest = Infinity;
    while (this.#head < this.#tail) {
      const at = this.#head & this.#mask;
      const command = this.#commands[at] as Command;
      const handler = this.#handlers[at] as Handler;
      const isDone = this.#isDone[at] === 1;
      const isSent = this.#head < this.#written;
      this.#drop();
      if (!isDone && handler !== swallow) handler.onError(makeError(command, isSent));
    }
  }

  #pairInOrder(reply: Reply): void {
    if (this.#head === this.#tail) throw unexpected(reply);
    const at = this.#head & this.#mask;
    const handler = this.#handlers[at] as Handler;
    const command = this.#commands[at] as Command;
    // A multi-key get that had to be said in single meta gets: its values are items, `MN` is the end.
    if (command.keys !== undefined && reply.part === 'whole' && reply.status !== 'error')
      reply.part = reply.hasValue ? 'item' : 'end';
    if (reply.part === 'item') {
      if (command.verb !== 'stats' && command.keys === undefined) throw unexpected(reply);
      handler.onReply(reply);
      return;
    }
    if (reply.part === 'end' && command.verb !== 'stats' && command.keys === undefined) throw unexpected(reply);
    this.#drop();
    handler.onReply(reply);
  }

  #pairMerged(reply: Reply): void {
    if (this.#left < 0) this.#left = this.#spans[this.#head & this.#mask] as number;
    if (reply.part === 'item') {
      this.#missUntil(reply);
      const handler = this.#handlers[this.#head & this.#mask] as Handler;
      this.#left--;
      this.#drop();
      reply.part = 'whole';
      handler.onReply(reply);
      return;
    }
    if (reply.part !== 'end' && reply.status !== 'error') throw unexpected(reply);
    const isError = reply.status === 'error';
    if (!isError) reply.reset('miss');
    const count = this.#left;
    this.#left = -1;
    for (let n = 0; n < count; n++) this.#answerHead(reply);
  }

  /** Misses for the entries of the merged get before the one whose value this is. */
  #missUntil(reply: Reply): void {
    let ahead = 0;
    while (ahead < this.#left && (this.#commands[(this.#head + ahead) & this.#mask] as Command).key !== reply.key)
      ahead++;
    if (ahead === this.#left)
      throw new ProtocolError(`a value for ${JSON.stringify(reply.key)}, which was not asked for or out of turn`);
    if (ahead === 0) return;
    const { key, flags, cas } = reply;
    const value = reply.raw();
    const isOwned = reply.isOwned;
    reply.reset('miss');
    for (let n = 0; n < ahead; n++) {
      this.#left--;
      this.#answerHead(reply);
    }
    reply.reset('ok', 'item');
    reply.key = key;
    reply.flags = flags;
    reply.cas = cas;
    if (typeof value === 'string') reply.setText(value);
    else reply.setBytes(value, 0, value.length, isOwned);
  }

  #answerHead(reply: Reply): void {
    const handler = this.#handlers[this.#head & this.#mask] as Handler;
    this.#drop();
    handler.onReply(reply);
  }

  #pairByOpaque(reply: Reply): void {
    const ahead = (reply.opaqueNumber - this.#head) >>> 0;
    if (ahead >= this.#tail - this.#head) throw unexpected(reply);
    const at = (this.#head + ahead) & this.#mask;
    if (this.#isDone[at] === 1) throw unexpected(reply);
    const command = this.#commands[at] as Command;
    const handler = this.#handlers[at] as Handler;
    // The NOOP that closes a multi-key get; an error for one key of it ends it as well, the rest is swallowed.
    if (command.keys !== undefined && reply.part === 'whole' && reply.status !== 'error') reply.part = 'end';
    if (reply.part === 'item') {
      handler.onReply(reply);
      return;
    }
    if (command.keys !== undefined && reply.status === 'error') this.#handlers[at] = swallow;
    else {
      this.#isDone[at] = 1;
      while (this.#head < this.#tail && this.#isDone[this.#head & this.#mask] === 1) this.#drop();
    }
    handler.onReply(reply);
  }

  #drop(): void {
    const at = this.#head++ & this.#mask;
    this.#commands[at] = nothing;
    this.#handlers[at] = swallow;
  }

  #grow(): void {
    const mask = this.#mask * 2 + 1;
    const commands = Array.from({ length: mask + 1 }, () => nothing);
    const handlers = Array.from<Handler>({ length: mask + 1 }).fill(swallow);
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

function unexpected(reply: Reply): ProtocolError {
  const what = reply.status === 'error' ? `error "${reply.message}"` : reply.status;
  return new ProtocolError(`a reply (${what}) that no command is waiting for`);
}
