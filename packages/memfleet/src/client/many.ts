/**
 * Calls over many keys: the answers of all nodes in one Map, failed keys apart from misses.
 *
 *   getMany ─▶ one command with all keys ─▶ scatter ─▶ items …, failed parts …, end ─▶ Map, or PartialResultError(results, failures)
 *   setMany, deleteMany ─▶ one command a key ─▶ answers ─────────────────────────────▶ the same
 *                          a thousand in flight at most
 */
import { types } from 'node:util';
import { type Command, describeCommand, verbOf } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { AbortedError, isNodeFailure, type MemcacheError, PartialResultError, TimeoutError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { unwatchSignal, watchSignal, type Watcher } from './abort.ts';
import { refuseArgument } from './arguments.ts';
import { type CallContext, mayHaveLeft, reportCall, startOf, undecodable } from './call.ts';
import type { ManyKeys } from './command-factory.ts';
import type { ClientCore } from './core.ts';
import type { StoredValue } from './transcoder.ts';

/** Collects results and failures by the user's keys; ends the promise. */
class Results<T> {
  readonly promise: Promise<Map<string, T>>;
  readonly #context: CallContext;
  readonly #what: string;
  readonly #verb: string;
  readonly #count: number;
  readonly #startedAt: number;
  readonly #results = new Map<string, T>();
  readonly #failures = new Map<string, MemcacheError>();
  #firstError: MemcacheError | undefined;
  #resolve!: (results: Map<string, T>) => void;
  #reject!: (error: MemcacheError) => void;
  #release: (() => void) | undefined;
  #isSettled = false;

  constructor(what: string, verb: string, count: number, context: CallContext) {
    this.#what = what;
    this.#verb = verb;
    this.#count = count;
    this.#context = context;
    this.#startedAt = startOf(context);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  set(key: string, value: T): void {
    this.#results.set(key, value);
  }

  /** A key whose value came before its node failed has not failed; nor has one whose failure is a miss. */
  fail(key: string, error: MemcacheError): void {
    if (this.#results.has(key)) return;
    this.#firstError ??= error;
    if (!this.#context.errorsAreMisses || !isNodeFailure(error)) this.#failures.set(key, error);
  }

  /** Everything is in. */
  end(): void {
    if (this.#isSettled) return;
    const failures = this.#failures;
    this.#settle(this.#firstError);
    const [first] = failures.values();
    if (first === undefined) {
      this.#resolve(this.#results);
      return;
    }
    const message = `${this.#what}: ${failures.size} keys failed: ${first.message}`;
    this.#reject(new PartialResultError<T>(message, this.#results, failures));
  }

  /** Nothing will come any more. */
  abort(error: MemcacheError): void {
    if (this.#isSettled) return;
    this.#settle(error);
    this.#reject(error);
  }

  watch(signal: AbortSignal, commands: readonly Command[]): void {
    const watcher: Watcher = {
      onAbort: (cause) => {
        for (const command of commands) command.cancelled = true;
        this.abort(new AbortedError(`${this.#what} was aborted`, { cause, sent: commands.some(mayHaveLeft) }));
      },
    };
    watchSignal(signal, watcher);
    this.#release = () => unwatchSignal(signal, watcher);
  }

  #settle(error: MemcacheError | undefined): void {
    this.#isSettled = true;
    this.#release?.();
    const outcome = error === undefined ? 'ok' : 'error';
    reportCall(this.#context, this.#startedAt, this.#verb, this.#count, outcome, error?.node, error);
  }
}

/** Gets all keys by one command. */
export function getMany<T>(
  dispatcher: Dispatcher,
  { command, keys: allKeys, userKeys }: ManyKeys,
  read: (value: StoredValue & Reply) => T,
  context: CallContext,
  signal: AbortSignal | undefined,
): Promise<Map<string, T>> {
  const results = new Results<T>(describeCommand(command), verbOf(command), allKeys.length, context);
  if (signal !== undefined) results.watch(signal, [command]);
  const failAll = (error: MemcacheError, keys: Iterable<string>): void => {
    for (const key of keys) results.fail(userKeys.get(key) ?? key, error);
  };
  dispatcher.dispatch(command, {
    onReply: (reply) => {
      if (reply.part === 'item') {
        const key = userKeys.get(reply.key) ?? reply.key;
        try {
          results.set(key, read(reply));
        } catch (error) {
          results.fail(key, undecodable(error, `get ${JSON.stringify(key)}`, reply.node));
        }
        return;
      }
      if (reply.status === 'error') failAll(replyError(reply, describeCommand(command)), allKeys);
      results.end();
    },
    onPartFailed: failAll,
    onError: (error) => {
      failAll(error, allKeys);
      results.end();
    },
  });
  return results.promise;
}

/** One prepared command of a call over many keys. */
export interface KeyedCommand {
  /** As the user wrote it. */
  readonly key: string;
  readonly command: Command;
}

/** Commands of one call that are in flight at once: more would fill the pools' queues, and be refused there. */
const maxInFlight = 1000;

/** One command a key, as many as may be in flight; whenever one is answered, the next. */
class Each {
  readonly results: Results<boolean>;
  readonly #dispatcher: Dispatcher;
  readonly #commands: readonly KeyedCommand[];
  readonly #context: CallContext;
  #next = 0;
  #inFlight = 0;
  #isPumping = false;

  constructor(dispatcher: Dispatcher, verb: string, commands: readonly KeyedCommand[], context: CallContext) {
    this.#dispatcher = dispatcher;
    this.#commands = commands;
    this.#context = context;
    this.results = new Results<boolean>(`${verb} of ${commands.length} keys`, verb, commands.length, context);
  }

  pump(): void {
    // Answered before `dispatch` returned: the loop below goes on by itself.
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#inFlight < maxInFlight && this.#next < this.#commands.length && !this.results.isSettled)
      this.#dispatch(this.#commands[this.#next++] as KeyedCommand);
    this.#isPumping = false;
    if (this.#inFlight === 0 && this.#next === this.#commands.length) this.results.end();
  }

  #dispatch({ key, command }: KeyedCommand): void {
    // The call has one deadline: that which the first command was given.
    if (command.deadline === 0) command.deadline = (this.#commands[0] as KeyedCommand).command.deadline;
    if (command.deadline !== 0 && command.deadline <= this.#context.clock.now()) {
      this.results.fail(key, new TimeoutError(`${describeCommand(command)}: not sent before the deadline`, 'total'));
      return;
    }
    this.#inFlight++;
    command.isQueued = false;
    this.#dispatcher.dispatch(command, {
      onReply: (reply) => {
        if (reply.status === 'error') this.results.fail(key, replyError(reply, describeCommand(command)));
        else this.results.set(key, reply.status === 'ok');
        this.#answered();
      },
      onError: (error) => {
        this.results.fail(key, error);
        this.#answered();
      },
    });
  }

  #answered(): void {
    this.#inFlight--;
    this.pump();
  }
}

/** Dispatches one command a key; the result says of each whether the status was `ok`. */
export function dispatchEach(
  dispatcher: Dispatcher,
  verb: string,
  commands: readonly KeyedCommand[],
  context: CallContext,
  signal: AbortSignal | undefined,
): Promise<Map<string, boolean>> {
  // They wait until it is their turn.
  for (const { command } of commands) command.isQueued = true;
  const each = new Each(dispatcher, verb, commands, context);
  if (signal !== undefined) {
    each.results.watch(
      signal,
      commands.map((keyed) => keyed.command),
    );
  }
  each.pump();
  return each.results.promise;
}

/** Collects what every node answers to a command without keys: node → what `read` makes of its replies. */
export function fromEveryNode<T>(
  { fleet, context }: Pick<ClientCore<never>, 'fleet' | 'context'>,
  command: Command,
  read: (reply: Reply, before: T | undefined) => T,
  signal: AbortSignal | undefined,
): Promise<Map<string, T>> {
  const startedAt = startOf(context);
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const results = new Map<string, T>();
    const settle = (error: MemcacheError | undefined): void => {
      if (isSettled) return;
      isSettled = true;
      if (signal !== undefined) unwatchSignal(signal, watcher);
      reportCall(context, startedAt, verbOf(command), '', error === undefined ? 'ok' : 'error', error?.node, error);
      if (error === undefined) resolve(results);
      else reject(error);
    };
    const watcher: Watcher = {
      onAbort: (cause) => {
        command.cancelled = true;
        settle(new AbortedError(`${describeCommand(command)} was aborted`, { cause, sent: true }));
      },
    };
    if (signal !== undefined) watchSignal(signal, watcher);
    let failure: MemcacheError | undefined;
    const handler: Handler = {
      onReply: (reply) => {
        if (reply.status === 'error') failure ??= replyError(reply, describeCommand(command));
        else if (reply.part === 'item') results.set(reply.node, read(reply, results.get(reply.node)));
        if (reply.part !== 'item') settle(failure);
      },
      onError: settle,
    };
    fleet.dispatcher.dispatch(command, handler);
  });
}

/** Refuses what is no list of keys. */
export function checkKeys(keys: unknown): void {
  const isIterable = typeof keys === 'object' && keys !== null && Symbol.iterator in keys;
  // A text is iterable, but its characters are no keys.
  if (!isIterable || types.isStringObject(keys))
    refuseArgument('keys', keys, 'an array or another iterable of strings');
}

/** The entries of a call that stores many. */
export function pairsOf<T>(
  entries: Iterable<readonly [string, T]> | Readonly<Record<string, T>>,
): (readonly [string, T])[] {
  if (typeof entries !== 'object' || entries === null)
    refuseArgument('entries', entries, 'an object, or an iterable of pairs');
  if (!(Symbol.iterator in entries)) return Object.entries(entries);
  const pairs = [...entries];
  for (const pair of pairs) if (!Array.isArray(pair)) refuseArgument('an entry', pair, 'a pair of key and value');
  return pairs;
}

/** A line of `stats`, put to those before it. */
export function collectStat(reply: Reply, before: Record<string, string> = {}): Record<string, string> {
  if (reply.key !== '') before[reply.key] = reply.text();
  return before;
}
