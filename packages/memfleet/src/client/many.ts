/**
 * Calls over many keys: the replies of all nodes in one result; failed keys are kept apart from misses.
 *
 *   getMany ─▶ one command with all keys ─▶ scatter ─▶ items …, failed parts …, end ─▶ values, or PartialResultError
 *   setMany, deleteMany ─▶ one command a key ─▶ replies ─────────────────────────────▶ the same
 *                          a thousand in flight at most
 */
import { hasPassed } from '../base/clock.ts';
import { type Command, describeCommand } from '../core/command.ts';
import { type MemcacheError, TimeoutError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { isStub, stubFlags } from '../core/stub.ts';
import type { CommandTrace } from '../observe/command-trace.ts';
import type { Read } from './call-shape.ts';
import { undecodable } from './call.ts';
import { type CollectedValues, ValueMap } from './collected-values.ts';
import type { ClientCore } from './core.ts';
import { EmptyValues } from './empty-values.ts';
import { ManyResults } from './many-results.ts';
import type { UserKeys } from './user-keys.ts';

/** A get of many keys. */
export interface ManyKeys {
  readonly command: Command;
  /**
   * As they go on the wire. A duplicate key is requested twice: a check for duplicates would cost every call a tenth of
   * its time (docs/performance.md, "duplicate keys").
   */
  readonly keys: readonly string[];
  readonly userKeys: UserKeys;
}

/** Gets all keys by one command. `found` collects the values. */
export function getMany<R>(
  { command, keys: allKeys, userKeys }: ManyKeys,
  found: CollectedValues<unknown, R>,
  core: ClientCore,
  signal: AbortSignal | undefined,
  trace: CommandTrace | undefined,
): Promise<R> {
  const results = new ManyResults<unknown, R>(describeCommand(command), core, trace, found);
  if (signal !== undefined) results.watch(signal, [command]);
  const fail = (wire: string, error: MemcacheError): void => results.fail(userKeys.of(wire), error, wire);
  const failAll = (error: MemcacheError, keys: Iterable<string>): void => {
    for (const wire of keys) fail(wire, error);
  };
  const empties = new EmptyValues(command, core);
  const take = (wire: string, reply: Reply): void => {
    trace?.received(reply.length);
    try {
      results.set(wire, core.transcoder.decode(reply));
    } catch (error) {
      fail(wire, undecodable(error, `get ${JSON.stringify(userKeys.of(wire))}`, reply.node));
    }
  };
  const end = (): void =>
    empties.read({
      onValue: take,
      onFailed: fail,
      onEnd: () => results.end(),
    });
  core.fleet.dispatcher.dispatch(command, {
    onReply: (reply) => {
      trace?.replied(reply);
      if (reply.part === 'item') {
        // Nearly every value is longer than nothing: one comparison for it.
        if (reply.length === 0 && (isStub(reply) || empties.takes(reply.key, reply))) return;
        if (reply.flags !== stubFlags) take(reply.key, reply);
        return;
      }
      if (reply.status === 'error') failAll(replyError(reply, describeCommand(command)), allKeys);
      end();
    },
    onPartFailed: failAll,
    onError: (error) => {
      failAll(error, allKeys);
      end();
    },
  });
  return results.promise;
}

/** One prepared command of a call over many keys. */
interface KeyedCommand {
  /** The user's key. */
  readonly key: string;
  readonly command: Command;
}

/** The maximum number of commands of one call in flight: more would fill the queues of the pools, which refuse them. */
const maxInFlight = 1000;

/** Dispatches one command a key, `maxInFlight` at once; each reply makes room for the next command. */
class Each<T> {
  readonly results: ManyResults<T>;
  readonly #read: Read<T | undefined>;
  readonly #commands: readonly KeyedCommand[];
  readonly #core: ClientCore;
  readonly #trace: CommandTrace | undefined;
  #next = 0;
  #inFlight = 0;
  #isPumping = false;

  constructor(
    verb: string,
    commands: readonly KeyedCommand[],
    read: Read<T | undefined>,
    core: ClientCore,
    trace: CommandTrace | undefined,
  ) {
    this.#commands = commands;
    this.#read = read;
    this.#core = core;
    this.#trace = trace;
    this.results = new ManyResults<T>(`${verb} of ${commands.length} keys`, core, trace, new ValueMap());
  }

  pump(): void {
    // The handler was called before `dispatch` returned: the loop below continues by itself.
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#inFlight < maxInFlight && this.#next < this.#commands.length && !this.results.isSettled)
      this.#dispatch(this.#commands[this.#next++] as KeyedCommand);
    this.#isPumping = false;
    if (this.#inFlight === 0 && this.#next === this.#commands.length) this.results.end();
  }

  #dispatch({ key, command }: KeyedCommand): void {
    // The call has one deadline: that of its first command.
    if (command.deadline === 0) command.deadline = (this.#commands[0] as KeyedCommand).command.deadline;
    if (hasPassed(command.deadline, this.#core.fleet.clock)) {
      this.results.fail(key, new TimeoutError(`${describeCommand(command)}: not sent before the deadline`, 'total'));
      return;
    }
    this.#inFlight++;
    command.isQueued = false;
    this.#core.fleet.dispatcher.dispatch(command, {
      onReply: (reply) => {
        this.#trace?.replied(reply);
        if (reply.status === 'error') this.results.fail(key, replyError(reply, describeCommand(command)));
        else this.#take(key, command, reply);
        this.#ended();
      },
      onError: (error) => {
        this.results.fail(key, error);
        this.#ended();
      },
    });
  }

  #take(key: string, command: Command, reply: Reply): void {
    try {
      const result = this.#read(reply, this.#core.transcoder, command);
      if (result !== undefined) this.results.set(key, result);
    } catch (error) {
      this.results.fail(key, undecodable(error, describeCommand(command), reply.node));
    }
  }

  #ended(): void {
    this.#inFlight--;
    this.pump();
  }
}

/** Dispatches one command a key: key → what `read` makes of the reply, unless that is undefined. */
export function dispatchEach<T>(
  verb: string,
  commands: readonly KeyedCommand[],
  read: Read<T | undefined>,
  core: ClientCore,
  signal: AbortSignal | undefined,
  trace: CommandTrace | undefined,
): Promise<Map<string, T>> {
  for (const { command } of commands) command.isQueued = true;
  const each = new Each<T>(verb, commands, read, core, trace);
  if (signal !== undefined) {
    each.results.watch(
      signal,
      commands.map((keyed) => keyed.command),
    );
  }
  each.pump();
  return each.results.promise;
}
