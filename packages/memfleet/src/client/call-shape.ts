/**
 * The shape of a call on one key, a row of calls.ts: the verb, `prepare` (arguments → fields of the command), `read`
 * (reply → result) and the result of a miss.
 */
import type { Command, Verb } from '../core/command.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { CounterOptions, DeleteOptions, StoreOptions } from './call-options.ts';
import type { ClientCore } from './core.ts';
import { callOptions, type KnownOptions } from './known-options.ts';
import type { Transcoder } from './transcoder.ts';

/** Makes the result from a reply that is not an error; may throw. A promise of the result settles the call with it. */
export type Read<T> = (reply: Reply, transcoder: Transcoder<unknown>, command: Command) => T;

/** The options of all calls: each row reads its own. */
type AnyOptions = StoreOptions & CounterOptions & DeleteOptions;

/** Completes the command with the other arguments of the call; may throw. */
export type Prepare<Argument> = (
  command: Command,
  argument: Argument,
  core: ClientCore,
  options: number | AnyOptions | undefined,
) => void;

/** A row of the table. */
export interface CallShape<Argument, Result> {
  readonly verb: Verb;
  readonly read: Read<Result>;
  /** The result of a miss, and of a node's failure if errors are misses. */
  readonly missed: Result;
  readonly options: KnownOptions;
  readonly prepare: Prepare<Argument> | undefined;
  /** Makes the result of a failure; may throw. Undefined: the call rejects, or its result is `missed`. */
  readonly failed: Failed<Result> | undefined;
}

/** Makes the result of a failure, or a promise of it. */
export type Failed<T> = (error: MemcacheError) => T | Promise<T>;

/** Makes a row. All rows have one hidden class. */
export function callShape<Result, Argument>(
  verb: Verb,
  read: Read<Result>,
  missed: Result,
  prepare?: Prepare<Argument>,
  options: KnownOptions = callOptions,
  failed?: Failed<Result>,
): CallShape<Argument, Result> {
  return { verb, read, missed, options, prepare, failed };
}
