/**
 * A get of many keys, split and joined again.
 *
 *   get a b a c ─▶ get a, get b, get c ─▶ route ─▶ [ a: hit   b: in flight   c: hit, held ]
 *                                                     ▲
 *   client ◀─ VALUE a                                 └ cursor: the next to be sent
 *
 * Every key is fetched once (`gat`: each time) and returned as often as it was requested, in the order of the request
 * (memcached `protocol.txt`: clients in the field rely on the order). A hit in its turn is sent at once; an early one
 * waits. A window bounds the keys in flight, so that one command of a hundred thousand keys does not fill the memory.
 *
 * If a node fails, the values that arrived are sent, and the error in place of `END`, unless the listener hides such
 * errors.
 */
import { SizeGuess } from '../../base/size-guess.ts';
import { copyCommand, type Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import { Reply, copyReply, fillReply, replyError } from '../../core/reply.ts';
import { maxKeysInFlight } from '../../session/reply-queue.ts';
import type { Route } from '../routes/route.ts';

/** The counters of multi-key gets. */
export interface MultiCounters {
  keys: number;
  duplicates: number;
}

/** The state of one key: no reply yet; a hit that waits for those before it; a miss, or a hit that was sent. */
type Place = 'pending' | Reply | 'settled';

/** The bound on the total size of the replies to the keys in flight, in bytes, as estimated from earlier replies. */
const windowBytes = 4 * 1024 * 1024;

/** The end of every get; refilled for each. */
const end = new Reply();

/** A get of many keys: fetches each key once and replies in the order of the request. */
export class MultiGet {
  readonly #route: Route;
  readonly #command: Command;
  readonly #keys: readonly string[];
  readonly #handler: Handler;
  /** By index of the key. */
  readonly #places: Place[];
  /** By index of the key: the first index of the same key; undefined = there are no duplicates. */
  readonly #firsts: readonly number[] | undefined;
  /** The first key whose reply was not sent. */
  #cursor = 0;
  #hasEnded = false;
  /** The first key that was not dispatched. */
  #next = 0;
  #inFlight = 0;
  readonly #guess = new SizeGuess(0);
  #isAsking = false;
  #failure: MemcacheError | undefined;
  /** The node of the last reply that the client waited for. */
  #lastNode = '';

  constructor(route: Route, command: Command, keys: readonly string[], handler: Handler, counters: MultiCounters) {
    this.#route = route;
    this.#command = command;
    this.#keys = keys;
    this.#handler = handler;
    this.#places = Array.from({ length: keys.length }, (): Place => 'pending');
    // A touch that is over at once makes the second get of its key a miss.
    this.#firsts = command.touch ? undefined : firstsOf(keys);
    counters.keys += keys.length;
    if (this.#firsts !== undefined)
      counters.duplicates += this.#firsts.filter((first, index) => first !== index).length;
  }

  start(): void {
    this.#ask();
  }

  /** The reply for the key at `index`. */
  onPart(index: number, reply: Reply): void {
    this.#inFlight--;
    this.#guess.learn(reply.length);
    this.#lastNode = reply.node;
    if (reply.status === 'error') this.#failure ??= replyError(reply);
    const isHit = reply.status === 'ok';
    if (isHit && index === this.#cursor && this.#firsts === undefined) {
      this.#cursor++;
      this.#send(index, reply);
    } else this.#places[index] = isHit ? copyReply(reply) : 'settled';
    this.#goOn();
  }

  onPartError(index: number, error: MemcacheError): void {
    this.#inFlight--;
    this.#failure ??= error;
    this.#places[index] = 'settled';
    this.#goOn();
  }

  /** Dispatches keys while the window has room. A reply may arrive before `dispatch` returns. */
  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const command = this.#command;
    const count = this.#keys.length;
    while (this.#next < count && this.#hasRoom() && !command.cancelled) {
      const index = this.#next++;
      if (this.#firsts !== undefined && this.#firsts[index] !== index) continue;
      this.#inFlight++;
      this.#route.dispatch(partOf(command, this.#keys[index] as string), new Part(this, index));
    }
    this.#isAsking = false;
    this.#drain();
  }

  #hasRoom(): boolean {
    return (
      this.#inFlight === 0 || (this.#inFlight < maxKeysInFlight && this.#inFlight * this.#guess.bytes < windowBytes)
    );
  }

  #goOn(): void {
    if (this.#isAsking) return;
    if (this.#next < this.#keys.length) this.#ask();
    else this.#drain();
  }

  /** Sends the waiting hits that are next in order, and the end after the last. */
  #drain(): void {
    const places = this.#places;
    const count = this.#keys.length;
    while (this.#cursor < this.#next) {
      const index = this.#cursor;
      const place = places[this.#firsts?.[index] ?? index];
      if (place === 'pending') return;
      this.#cursor++;
      // A key that was requested several times is returned as often.
      if (place instanceof Reply) this.#send(index, this.#firsts === undefined ? place : fillReply(new Reply(), place));
      if (this.#firsts === undefined) places[index] = 'settled';
    }
    if (this.#cursor < count || this.#hasEnded) return;
    this.#hasEnded = true;
    end.node = this.#lastNode;
    if (this.#failure === undefined) this.#handler.onReply(end.reset('ok', 'end'));
    else this.#handler.onError(this.#failure);
  }

  #send(index: number, reply: Reply): void {
    reply.key = this.#keys[index] as string;
    reply.part = 'item';
    this.#handler.onReply(reply);
  }
}

/** One key of it. */
class Part implements Handler {
  readonly #owner: MultiGet;
  readonly #index: number;

  constructor(owner: MultiGet, index: number) {
    this.#owner = owner;
    this.#index = index;
  }

  onReply(reply: Reply): void {
    this.#owner.onPart(this.#index, reply);
  }

  onError(error: MemcacheError): void {
    this.#owner.onPartError(this.#index, error);
  }
}

function partOf(command: Command, key: string): Command {
  const part = copyCommand(command, key);
  part.keys = undefined;
  part.line = undefined;
  return part;
}

function firstsOf(keys: readonly string[]): readonly number[] | undefined {
  const places = new Map<string, number>();
  for (let i = 0; i < keys.length; i++) if (!places.has(keys[i] as string)) places.set(keys[i] as string, i);
  if (places.size === keys.length) return undefined;
  return keys.map((key) => places.get(key) as number);
}
