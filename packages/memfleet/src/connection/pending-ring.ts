/**
 * The commands that are in flight on a connection, in the order in which they were dispatched, with their handlers. An
 * entry has a number for life; its place is the number modulo the capacity, which doubles when the ring is full.
 *
 *        head                                   tail
 *          ▼                                      ▼
 *   ring [ A  B  ✝  D  E  F ]
 *
 * ✝ = tombstone: its caller already has the outcome; its reply is still owed and will be swallowed.
 */
import { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';

const nothing = new Command('noop');

/** The handler of an entry whose caller already has the outcome. */
export const tombstone: Handler = { onReply() {}, onError() {} };

/**
 * The commands in flight on a connection, oldest first. It is for `Pending` and the pairings only. Its fields are
 * plain: `#` fields take more bytecode, so V8 would inline less of the reply path.
 */
export class PendingRing {
  /** The number of the oldest entry. */
  head: number;
  /** The number that the next entry will have. */
  tail: number;
  /** Entries that have their whole reply, and stand behind one that has not (binary). */
  answered = 0;
  /** Entries that are on the line of another one whose reply has not begun. */
  joined = 0;
  /** The number of entries left on the classic get line whose reply has begun; −1 = none has. */
  left = -1;
  commands: Command[];
  handlers: Handler[];
  /**
   * The number of entries on the line that begins with this one; 0 = the entry does not begin a classic get line.
   */
  spans: Uint16Array;
  /** Entries that received their reply out of order. */
  done: Uint8Array;
  mask: number;

  /** `capacity`: a power of two. `first`: the number of the first entry. */
  constructor(capacity: number, first: number) {
    this.head = first;
    this.tail = first;
    this.mask = capacity - 1;
    this.commands = Array.from({ length: capacity }, () => nothing);
    this.handlers = Array.from({ length: capacity }, () => tombstone);
    this.spans = new Uint16Array(capacity);
    this.done = new Uint8Array(capacity);
  }

  get length(): number {
    return this.tail - this.head;
  }

  push(command: Command, handler: Handler): void {
    if (this.tail - this.head > this.mask) this.#grow();
    const at = this.tail++ & this.mask;
    this.commands[at] = command;
    this.handlers[at] = handler;
    this.spans[at] = 0;
    this.done[at] = 0;
  }

  commandOf(entry: number): Command {
    return this.commands[entry & this.mask] as Command;
  }

  handlerOf(entry: number): Handler {
    return this.handlers[entry & this.mask] as Handler;
  }

  /** Swallows all further replies for the entry. */
  abandon(entry: number): void {
    this.handlers[entry & this.mask] = tombstone;
  }

  spanOf(entry: number): number {
    return this.spans[entry & this.mask] as number;
  }

  /** Marks the last `count` entries as one classic get line. */
  join(count: number): void {
    this.spans[(this.tail - count) & this.mask] = count;
    this.joined += count - 1;
  }

  isDone(entry: number): boolean {
    return this.done[entry & this.mask] === 1;
  }

  /** Marks an entry as complete although older ones are not. */
  finish(entry: number): void {
    const at = entry & this.mask;
    this.done[at] = 1;
    this.handlers[at] = tombstone;
  }

  /** Removes the oldest entry. */
  drop(): void {
    const at = this.head++ & this.mask;
    this.commands[at] = nothing;
    this.handlers[at] = tombstone;
  }

  #grow(): void {
    const mask = this.mask * 2 + 1;
    const commands = Array.from({ length: mask + 1 }, () => nothing);
    const handlers = Array.from({ length: mask + 1 }, () => tombstone);
    const spans = new Uint16Array(mask + 1);
    const isDone = new Uint8Array(mask + 1);
    for (let entry = this.head; entry < this.tail; entry++) {
      const from = entry & this.mask;
      const to = entry & mask;
      commands[to] = this.commands[from] as Command;
      handlers[to] = this.handlers[from] as Handler;
      spans[to] = this.spans[from] as number;
      isDone[to] = this.done[from] as number;
    }
    this.commands = commands;
    this.handlers = handlers;
    this.spans = spans;
    this.done = isDone;
    this.mask = mask;
  }
}
