/**
 * Makes the calls of one view of a client: command, promise, dispatch. What is wrong with the arguments rejects the
 * promise; nothing is thrown.
 *
 *   run       one key       row of calls.ts ─▶ Command ─▶ Call ─▶ dispatch
 *   each      many keys     a command for each of them by a row
 *   getMany   many keys     one command with all of them
 *   askAll    every node    one command without a key
 */
import { type Command, verbOf } from '../core/command.ts';
import type { Dispatcher } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';
import { CommandTrace, isTraced } from '../observe/command-trace.ts';
import { openSignal } from './abort.ts';
import { checkKeys, checkOptions, refuseSurplus } from './arguments.ts';
import type { CallOptions } from './call-options.ts';
import { Call } from './call.ts';
import { type CallShape, type FleetCall, meta as metaCall } from './calls.ts';
import { CommandFactory } from './command-factory.ts';
import type { ClientCore } from './core.ts';
import { askEveryNode } from './every-node.ts';
import { callOptions } from './known-options.ts';
import { dispatchEach, getMany } from './many.ts';
import type { MetaReply } from './meta-reply.ts';
import { metaCommand } from './meta-request.ts';
import { withCallerFrames } from './stacks.ts';

/** Makes the calls of one view of a client. */
export class Caller {
  readonly core: ClientCore;
  readonly commands: CommandFactory;

  /** `prefix` is a byte string. */
  constructor(core: ClientCore, prefix: string) {
    this.core = core;
    this.commands = new CommandFactory(core, prefix);
  }

  /** A call on one key. */
  run<Argument, Result>(
    shape: CallShape<Argument, Result>,
    key: string | Uint8Array,
    argument: Argument,
    options: number | CallOptions | undefined,
    surplus: unknown,
  ): Promise<Result> {
    try {
      if (surplus !== undefined) refuseSurplus(options, surplus, shape.options);
      const promise = this.#start(this.#command(shape, key, argument, options), shape, options);
      return this.core.stacks ? withCallerFrames(promise) : promise;
    } catch (error) {
      return rejected(error);
    }
  }

  /** A request of the meta protocol as the caller wrote it. */
  meta(
    line: string,
    value: string | Uint8Array | undefined,
    options: CallOptions | undefined,
    surplus: unknown,
  ): Promise<MetaReply> {
    return this.checked(() => {
      checkCall(options, surplus);
      return this.#start(metaCommand(this.commands, line, value, options), metaCall, options);
    });
  }

  /** The same call on many keys, each with its argument: key → was it done? */
  each<Argument>(
    verb: string,
    shape: CallShape<Argument, boolean>,
    given: () => readonly (readonly [key: string, argument: Argument])[],
    options: number | CallOptions | undefined,
    surplus: unknown,
  ): Promise<Map<string, boolean>> {
    return this.checked(() => {
      if (surplus !== undefined) refuseSurplus(options, surplus, shape.options);
      checkOptions(options, shape.options);
      const commands = given().map(([key, argument]) => {
        return { key, command: this.#command(shape, key, argument, options) };
      });
      const { fleet, context } = this.core;
      const signal = openSignal(options);
      const size = (): number => commands.reduce((sum, { command }) => sum + command.value.length, 0);
      return this.#tracedIfAsked(verb, commands.length, size, (trace) =>
        dispatchEach(fleet.dispatcher, verb, commands, context, signal, trace),
      );
    });
  }

  /** Gets all keys by one command. */
  getMany(keys: Iterable<string>, options: CallOptions | undefined, surplus: unknown): Promise<Map<string, unknown>> {
    return this.checked(() => {
      checkCall(options, surplus);
      checkKeys(keys);
      const many = this.commands.many(keys, options);
      if (many.keys.length === 0) return Promise.resolve(new Map());
      const { context, fleet } = this.core;
      const read = (reply: Reply): unknown => context.transcoder.decode(reply);
      const signal = openSignal(options);
      return this.#tracedIfAsked('get', many.keys.length, noSize, (trace) =>
        getMany(fleet.dispatcher, many, read, context, signal, trace),
      );
    });
  }

  /** Asks every node: node → answer. */
  askAll<T>(
    { verb, read }: FleetCall<T>,
    options: CallOptions | undefined,
    surplus: unknown,
    prepare?: (command: Command) => void,
  ): Promise<Map<string, T>> {
    return this.checked(() => {
      checkCall(options, surplus);
      const command = this.commands.keyless(verb, options);
      prepare?.(command);
      const signal = openSignal(options);
      return this.#tracedIfAsked(verbOf(command), undefined, noSize, (trace) =>
        askEveryNode(this.core, command, read, signal, trace),
      );
    });
  }

  /** What is thrown before anything was sent becomes a rejection. */
  checked<R>(run: () => Promise<R>): Promise<R> {
    try {
      const promise = run();
      return this.core.stacks ? withCallerFrames(promise) : promise;
    } catch (error) {
      return rejected(error);
    }
  }

  #start<Result>(
    command: Command,
    shape: CallShape<never, Result>,
    options: number | CallOptions | undefined,
  ): Promise<Result> {
    const signal = typeof options === 'object' ? openSignal(options) : undefined;
    const { fleet, context } = this.core;
    const call = new Call(command, shape, context);
    if (signal !== undefined) call.watch(signal);
    const dispatcher = shape.verb === 'arith' ? fleet.counters : fleet.dispatcher;
    if (isTraced()) return this.#traced(command, call, dispatcher);
    dispatcher.dispatch(command, call);
    return call.promise;
  }

  #traced<Result>(command: Command, call: Call<Result>, dispatcher: Dispatcher): Promise<Result> {
    const trace = this.#trace(verbOf(command), command.value.length, command.key, undefined);
    call.trace = trace;
    return trace.run(() => {
      dispatcher.dispatch(command, call);
      return call.promise;
    });
  }

  /** Tells the subscribers of a call on many keys or nodes, if there are any. `run` is given its trace. */
  #tracedIfAsked<R>(
    operation: string,
    keys: number | undefined,
    requestSize: () => number,
    run: (trace: CommandTrace | undefined) => Promise<R>,
  ): Promise<R> {
    if (!isTraced()) return run(undefined);
    const trace = this.#trace(operation, requestSize(), '', keys);
    return trace.run(() => run(trace));
  }

  #trace(operation: string, requestSize: number, key: string, batchSize: number | undefined): CommandTrace {
    const { fleet, context } = this.core;
    const { nodes } = fleet.cluster;
    const node = key === '' ? (nodes.length === 1 ? nodes[0] : undefined) : fleet.cluster.locate(key);
    const { namespace, clock } = context;
    return new CommandTrace({ operation, namespace, key, batchSize, requestSize, node: node?.name }, clock);
  }

  #command<Argument>(
    { verb, prepare, options: known }: CallShape<Argument, unknown>,
    key: string | Uint8Array,
    argument: Argument,
    options: number | CallOptions | undefined,
  ): Command {
    if (options !== undefined) checkOptions(options, known);
    const command = this.commands.keyed(verb, key, typeof options === 'number' ? undefined : options);
    if (prepare !== undefined) prepare(command, argument, this.commands, options);
    return command;
  }
}

const noSize = (): number => 0;

/** The options of a call on many keys or nodes. */
function checkCall(options: unknown, surplus: unknown): void {
  if (surplus !== undefined) refuseSurplus(options, surplus, callOptions);
  checkOptions(options, callOptions);
}

function rejected(error: unknown): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it was thrown, so it goes on as it is
  return Promise.reject(error);
}
