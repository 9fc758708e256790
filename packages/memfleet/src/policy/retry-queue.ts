/**
 * Commands that wait for their retry, and the later commands of their keys, which must not overtake them.
 *
 *   set k 1 ─ failed, unsent ─▶ line of k: [ set k 1 ]
 *   set k 2, get k ─ arrive ──▶ line of k: [ set k 1 │ set k 2 │ get k ] ─ wait is over ─▶ all at once, in this order
 *
 * A write that was in flight when an older one of its key failed may complete first. The older one is then given up,
 * since it would undo a write that the caller knows to be complete: acknowledged writes of one key take effect in the
 * order in which they came.
 *
 * Without a line there is no cost: owners check `size` before anything else.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { identityOf, itemIdentity } from '../core/collection.ts';
import { type Command, describeCommand, isRead } from '../core/command.ts';
import { AbortedError, ConnectionClosedError, type MemcacheError, TimeoutError } from '../core/errors.ts';

/** A command that may be sent more than once. */
export interface Resendable {
  readonly command: Command;
  /** Its place in the order of commands; from `takeNumber`. */
  readonly number: number;
  /** Sends it, for the first time or again. */
  send(): void;
  /** Ends it. Later replies for it are dropped. */
  fail(error: MemcacheError): void;
}

interface Entry {
  readonly attempt: Resendable;
  /** Its error; undefined = it has not been sent, because it waits behind a command that failed. */
  readonly error: MemcacheError | undefined;
}

/** One key. */
class Line {
  /** In the order in which the commands came. */
  #waiting: Entry[] = [];
  /** Whether a waiting command changes the item. */
  changesItem = false;
  /** Commands that were retried and have no reply, with their earlier error. */
  readonly inFlight = new Map<Resendable, MemcacheError>();
  /** Whether those are in the order in which they came: one may be sent again after a later one. */
  #isInOrder = true;
  #lastSent = 0;
  /** Set while entries wait. */
  timer: Timer | undefined;
  /** ms on the clock. */
  due = 0;
  isRunning = false;

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.inFlight.size === 0 && !this.isRunning;
  }

  insert(entry: Entry): void {
    const waiting = this.#waiting;
    if (!isRead(entry.attempt.command)) this.changesItem = true;
    let at = waiting.length;
    while (at > 0 && isBefore(entry.attempt.number, (waiting[at - 1] as Entry).attempt.number)) at--;
    waiting.splice(at, 0, entry);
    // A failed read has no effect on the node; a write fails unsent, or is not retried.
    entry.attempt.command.isQueued = entry.error?.sent !== true;
  }

  /** Removes and returns all waiting entries. */
  take(): Entry[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.changesItem = false;
    this.timer?.clear();
    this.timer = undefined;
    return waiting;
  }

  /** The command is sent again. */
  send(attempt: Resendable, error: MemcacheError): void {
    if (this.inFlight.size === 0) this.#isInOrder = true;
    else if (isBefore(attempt.number, this.#lastSent)) this.#isInOrder = false;
    this.#lastSent = attempt.number;
    this.inFlight.set(attempt, error);
    sendFrom(attempt);
  }

  /** A later write is complete: gives up those before it. */
  overtake(number: number): void {
    const isBehind = ({ attempt }: Entry): boolean => isBefore(attempt.number, number) && !isRead(attempt.command);
    const first = this.#waiting[0];
    const waiting = first !== undefined && isBefore(first.attempt.number, number) ? this.#waiting.filter(isBehind) : [];
    if (waiting.length > 0) this.#waiting = this.#waiting.filter((entry) => !isBehind(entry));
    const inFlight: [Resendable, MemcacheError][] = [];
    for (const [attempt, error] of this.inFlight) {
      const isEarlier = isBefore(attempt.number, number);
      if (!isEarlier && this.#isInOrder) break;
      if (isEarlier && !isRead(attempt.command)) inFlight.push([attempt, error]);
    }
    if (this.#waiting.length === 0) this.take();
    for (const { attempt, error } of waiting) attempt.fail(error as MemcacheError);
    for (const [attempt, error] of inFlight) {
      this.inFlight.delete(attempt);
      attempt.fail(overtakenError(attempt.command, error));
      // No caller waits for it: a queue may drop it.
      attempt.command.cancelled = true;
    }
  }
}

/** The minimum number of line lookups between two sweeps. */
const fewestLooks = 64;

/** Numbers wrap around: they stay small integers, which cost no memory of their own. */
const numberMask = 0x3fff_ffff;

function isBefore(number: number, other: number): boolean {
  return number !== other && ((other - number) & numberMask) <= numberMask >>> 1;
}

/** Commands that wait for their retry, and the later commands of their keys. */
export class RetryQueue {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();
  #lastNumber = 0;
  #looks = 0;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** No more retries. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Keys with a line: 0 while all is well. */
  get size(): number {
    return this.#lines.size;
  }

  /** The place of the next command. */
  takeNumber(): number {
    this.#lastNumber = (this.#lastNumber + 1) & numberMask;
    return this.#lastNumber;
  }

  /**
   * Called before a command is sent. True: it waits behind others of its key (or has failed, because its deadline would
   * pass first).
   */
  follow(attempt: Resendable): boolean {
    const { command } = attempt;
    this.#sweepNowAndThen();
    const line = this.#lineBefore(command);
    if (line === undefined) return false;
    if (isTooLate(line, command)) attempt.fail(tooLate(command));
    else line.insert({ attempt, error: undefined });
    return true;
  }

  /**
   * The command failed with `error`: it is retried in `wait` ms, or together with the commands of its key that already
   * wait. False: its deadline would pass first.
   */
  add(attempt: Resendable, wait: number, error: MemcacheError): boolean {
    const { command } = attempt;
    const item = identityOf(command);
    const line = this.#lines.get(item) ?? new Line();
    if (line.timer === undefined) line.due = this.#clock.now() + wait;
    if (command.cancelled || isTooLate(line, command)) return false;
    this.#lines.set(item, line);
    line.inFlight.delete(attempt);
    line.insert({ attempt, error });
    line.timer ??= this.#clock.setTimer(wait, () => this.#run(item, line));
    return true;
  }

  /** The command failed and could be retried at once. True: others of its key wait, and it is retried with them. */
  addNow(attempt: Resendable, makeError: () => MemcacheError): boolean {
    const item = identityOf(attempt.command);
    const line = this.#lines.get(item);
    if (line?.timer === undefined) return false;
    line.inFlight.delete(attempt);
    line.insert({ attempt, error: makeError() });
    this.#run(item, line);
    return true;
  }

  /** The command is over. `isDone`: the node executed it, so older ones that would change the item are given up. */
  end(attempt: Resendable, isDone: boolean): void {
    const { command } = attempt;
    const item = identityOf(command);
    const line = this.#lines.get(item);
    if (line === undefined) return;
    line.inFlight.delete(attempt);
    if (isDone && !isRead(command)) line.overtake(attempt.number);
    if (line.isIdle) this.#lines.delete(item);
  }

  /** Ends all retries: waiting commands fail with their earlier error. Commands that were not sent yet are sent now. */
  release(): void {
    for (const { attempt, error } of this.#takeAll()) {
      if (error !== undefined) attempt.fail(error);
      else if (!this.follow(attempt)) sendFrom(attempt);
    }
  }

  /** Ends all waiting commands: with `reason`, else as `release` does. */
  giveUp(reason?: MemcacheError): void {
    this.#isClosed = true;
    if (reason === undefined) this.release();
    else for (const { attempt } of this.#takeAll()) attempt.fail(reason);
  }

  /** The line that a command must join: that of its key which waits longest. */
  #lineBefore(command: Command): Line | undefined {
    // Other copies have an order of their own.
    if (command.replica > 0) return undefined;
    if (command.keys === undefined) return this.#waitingLine(identityOf(command), command);
    let last: Line | undefined;
    for (const key of command.keys) {
      const line = this.#waitingLine(itemIdentity(command.collection, key), command);
      if (line !== undefined && (last === undefined || line.due > last.due)) last = line;
    }
    return last;
  }

  /** Reads need not wait for reads. */
  #waitingLine(item: string, command: Command): Line | undefined {
    const line = this.#lines.get(item);
    if (line?.timer === undefined || (isRead(command) && !line.changesItem)) return undefined;
    return line;
  }

  /**
   * A queue drops commands whose callers have left without calling the handler: their lines would stay. The cost of
   * the sweep is spread over the line lookups.
   */
  #sweepNowAndThen(): void {
    if (++this.#looks < fewestLooks + 4 * this.#lines.size) return;
    this.#looks = 0;
    for (const [item, line] of this.#lines) {
      for (const attempt of line.inFlight.keys()) if (attempt.command.cancelled) line.inFlight.delete(attempt);
      if (line.isIdle) this.#lines.delete(item);
    }
  }

  #run(item: string, line: Line): void {
    line.isRunning = true;
    for (const entry of line.take()) this.#send(line, entry);
    line.isRunning = false;
    if (line.isIdle) this.#lines.delete(item);
  }

  #send(line: Line, entry: Entry): void {
    const { attempt, error } = entry;
    const { command } = attempt;
    if (command.cancelled) {
      attempt.fail(error ?? new AbortedError(`${describeCommand(command)} was aborted`));
      return;
    }
    // A command before it may have failed at once, and waits again.
    if (error === undefined) {
      if (!this.follow(attempt)) sendFrom(attempt);
    } else if (line.timer === undefined) line.send(attempt, error);
    else if (isTooLate(line, command)) attempt.fail(error);
    else line.insert(entry);
  }

  #takeAll(): Entry[] {
    const all: Entry[] = [];
    for (const line of this.#lines.values()) all.push(...line.take());
    this.#lines.clear();
    return all;
  }
}

function sendFrom(attempt: Resendable): void {
  attempt.command.isQueued = false;
  attempt.send();
}

function isTooLate(line: Line, { deadline }: Command): boolean {
  return deadline !== 0 && line.due >= deadline;
}

function tooLate(command: Command): MemcacheError {
  const message = `${describeCommand(command)}: an earlier command of its key waits for a retry until after the deadline`;
  return new TimeoutError(message, 'acquire');
}

function overtakenError(command: Command, cause: MemcacheError): MemcacheError {
  const message = `${describeCommand(command)} was retried, but a later command of its key completed first`;
  return new ConnectionClosedError(message, { node: cause.node, sent: true, cause });
}
