/**
 * Equal gets that run at the same time are sent once; every caller receives the reply.
 *
 *   get a (1st) ─▶ node          get a (2nd), get a (3rd): wait for the 1st
 *                                set a: begins ─▶ … ─▶ its reply arrives: a get that began before
 *                                                      either of them is not joined any more
 *
 * A caller must see its own writes: a get that is in flight when a write of its key begins or ends may have read the
 * value before it. Writes of other clients are not known here: a caller that joins a get that began before such a write
 * may receive the value before it, as old as the running get. When all its callers have left, a get is dropped if it
 * waits in a queue, and no caller joins it any more. A get that requests the cas, or touches, is never joined; nor does
 * a get join a running one that has a later deadline.
 */
import type { Clock } from '../base/clock.ts';
import { identityOf } from '../core/collection.ts';
import { type Cancellable, type Command, derive, isPlainGet, isRead } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../core/dispatcher.ts';
import { type MemcacheError, TimeoutError } from '../core/errors.ts';
import { fillReply, Reply } from '../core/reply.ts';

/** A caller that waits for the reply. */
interface Caller {
  readonly command: Command;
  readonly handler: Handler;
  readonly deadline: number;
}

/** The events of a shared get, for its policy. */
interface SharedGetOwner {
  /** Its reply arrived: no caller joins it any more. */
  forget(shared: SharedGet): void;
  /** Its deadline passed, but not that of these callers. */
  askAgain(command: Command, callers: readonly Caller[]): void;
  readonly clock: Clock;
}

class SharedGet implements Handler, Cancellable {
  readonly #owner: SharedGetOwner;
  readonly #callers: Caller[];
  /**
   * A command of its own: a caller that aborts takes only itself away, the last one the get as well. Its deadline is
   * the earliest of the callers'.
   */
  readonly command: Command;

  constructor(first: Command, callers: readonly Caller[], owner: SharedGetOwner) {
    this.#callers = [...callers];
    this.#owner = owner;
    this.command = derive(first);
    this.command.deadline = Math.min(...callers.map((caller) => caller.deadline));
    this.command.cancelWith(this);
  }

  /** Whether all callers have left. */
  get cancelled(): boolean {
    return this.#callers.every(({ command }) => command.cancelled);
  }

  join(caller: Caller): void {
    this.#callers.push(caller);
  }

  onReply(reply: Reply): void {
    this.#owner.forget(this);
    if (this.#callers.length > 1) this.#share(reply);
    else for (const { handler } of this.#callers) handler.onReply(reply);
  }

  /** Every caller receives a reply and bytes of its own, which it may change. */
  #share(reply: Reply): void {
    const value = reply.raw();
    if (typeof value !== 'string') reply.setBytes(value, 0, value.length, false);
    const original = fillReply(new Reply(), reply);
    const copy = new Reply();
    for (const { handler } of this.#callers) handler.onReply(fillReply(copy, original));
  }

  onError(error: MemcacheError): void {
    this.#owner.forget(this);
    const isLate = error instanceof TimeoutError && error.phase !== 'connect';
    // The error may arrive later than its deadline.
    const from = Math.max(this.command.deadline, this.#owner.clock.now());
    const hasTime = (caller: Caller): boolean => isLate && caller.deadline > from;
    const patient = this.#callers.filter(hasTime);
    if (patient.length > 0) this.#owner.askAgain(this.command, patient);
    for (const caller of this.#callers) if (!hasTime(caller)) caller.handler.onError(error);
  }
}

/** Reports when a write of a key is over. */
class Write implements Handler {
  readonly #handler: Handler;
  readonly #onOver: () => void;

  constructor(handler: Handler, onOver: () => void) {
    this.#handler = handler;
    this.#onOver = onOver;
  }

  onReply(reply: Reply): void {
    this.#onOver();
    this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    this.#onOver();
    this.#handler.onError(error);
  }
}

/** The minimum number of running gets between two sweeps. */
const fewestSwept = 64;

/** Sends equal concurrent gets once and passes the reply to every caller. */
export function coalescePolicy(next: Dispatcher, clock: Clock): Dispatcher {
  const gets = new RunningGets(next, clock);
  return wrap(next, (command, handler) => gets.dispatch(command, handler));
}

/** The gets that can be joined, by key. */
class RunningGets implements SharedGetOwner {
  readonly clock: Clock;
  readonly #next: Dispatcher;
  readonly #running = new Map<string, SharedGet>();
  /** The number of running gets at which a sweep removes those whose callers have left. */
  #sweepAt = fewestSwept;

  constructor(next: Dispatcher, clock: Clock) {
    this.#next = next;
    this.clock = clock;
  }

  dispatch(command: Command, handler: Handler): void {
    if (isPlainGet(command) && command.keys === undefined && command.replica === 0) this.#get(command, handler);
    else if (isRead(command) || command.keys !== undefined) this.#next.dispatch(command, handler);
    else this.#write(command, handler);
  }

  forget(shared: SharedGet): void {
    if (this.#running.get(identityOf(shared.command)) === shared) this.#running.delete(identityOf(shared.command));
  }

  askAgain(command: Command, callers: readonly Caller[]): void {
    const shared = new SharedGet(command, callers, this);
    this.#sweepNowAndThen();
    this.#running.set(identityOf(command), shared);
    this.#next.dispatch(shared.command, shared);
  }

  #get(command: Command, handler: Handler): void {
    const caller = { command, handler, deadline: command.deadline };
    const running = this.#running.get(identityOf(command));
    // A queue may have dropped a get without callers: it would receive no reply.
    const isJoinable = running !== undefined && running.command.deadline <= command.deadline && !running.cancelled;
    if (isJoinable) running.join(caller);
    else this.askAgain(command, [caller]);
  }

  /** A queue drops gets whose callers have left without calling the handler: they would stay here. */
  #sweepNowAndThen(): void {
    if (this.#running.size < this.#sweepAt) return;
    for (const [key, shared] of this.#running) if (shared.cancelled) this.#running.delete(key);
    this.#sweepAt = Math.max(fewestSwept, 2 * this.#running.size);
  }

  #write(command: Command, handler: Handler): void {
    const forgetGets = (): void => {
      if (command.key === '') this.#running.clear();
      else this.#running.delete(identityOf(command));
    };
    forgetGets();
    this.#next.dispatch(command, new Write(handler, forgetGets));
  }
}
