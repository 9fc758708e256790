/**
 * Makes the calls of one view of a client: command, promise, dispatch. A wrong argument rejects the promise; no method
 * throws.
 *
 *   run       one key       row of calls.ts ─▶ Command ─▶ Call ─▶ dispatch
 *   each      many keys     a command for each key, by a row
 *   getMany   many keys     one command with all of them
 *   askAll    every node    one command without a key
 */
import { deadlineIn } from '../base/clock.ts';
import { rejected } from '../base/rejected.ts';
import type { ServingNode } from '../cluster/cluster.ts';
import { itemIdentity } from '../core/collection.ts';
import { Command, type Verb, verbOf } from '../core/command.ts';
import type { Dispatcher } from '../core/dispatcher.ts';
import { CommandTrace, isTraced } from '../observe/command-trace.ts';
import { maxKeyLength, maxScopedKeyLength } from '../protocol/key.ts';
import { openSignal } from './abort.ts';
import {
  checkFlag,
  checkGetOrSet,
  checkKeys,
  checkOptions,
  checkTimeout,
  checkWord,
  refuseArgument,
  refuseSurplus,
} from './arguments.ts';
import type {
  CallOptions,
  GetArrayOptions,
  GetManyOptions,
  GetOrSetOptions,
  KeyOptions,
  NodeCallOptions,
} from './call-options.ts';
import type { CallShape } from './call-shape.ts';
import { Call } from './call.ts';
import { type FleetCall, flush as flushCall, meta as metaCall } from './calls.ts';
import { ValueArray, ValueMap } from './collected-values.ts';
import type { ClientCore } from './core.ts';
import { askEveryNode } from './every-node.ts';
import type { Loader, Storage } from './get-or-set.ts';
import { isPlain, plainRoom, wireKey } from './key.ts';
import { callOptions, getManyOptions, keyOptions, type KnownOptions, nodeCallOptions } from './known-options.ts';
import { dispatchEach, getMany, type ManyKeys } from './many.ts';
import type { MetaReply } from './meta-reply.ts';
import { parseMeta, putMeta } from './meta-request.ts';
import { withCallerFrames } from './stacks.ts';
import { exptimeOf } from './ttl.ts';
import { UserKeys } from './user-keys.ts';

/** Makes the calls of one view of a client. */
export class Caller {
  readonly core: ClientCore;
  /** A byte string. */
  readonly prefix: string;
  /** The longest key in bytes, with the prefix. */
  readonly #longest: number;
  readonly #room: number;

  /** `prefix` is a byte string. */
  constructor(core: ClientCore, prefix: string) {
    this.core = core;
    this.prefix = prefix;
    this.#longest = core.collection === undefined ? maxKeyLength : maxScopedKeyLength;
    this.#room = plainRoom(prefix, this.#longest);
  }

  /** The longest key in bytes, behind the prefix. */
  get longestKey(): number {
    return this.#longest - this.prefix.length;
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

  /** A request of the meta protocol in the caller's own words. */
  meta(
    line: string,
    value: string | Uint8Array | undefined,
    options: CallOptions | undefined,
    surplus: unknown,
  ): Promise<MetaReply> {
    return this.checked(() => {
      checkCall(options, surplus);
      const request = parseMeta(line);
      const command = this.command(request.verb, request.key, options);
      putMeta(command, request, value, this.core);
      return this.#start(command, metaCall, options);
    });
  }

  /** The same call on many keys, each with its argument: key → whether the status was `ok`. */
  each<Argument>(
    verb: string,
    shape: CallShape<Argument, boolean>,
    given: () => readonly (readonly [key: string, argument: Argument])[],
    options: number | CallOptions | undefined,
    surplus: unknown,
  ): Promise<Map<string, boolean>> {
    return this.checked(() => {
      checkCall(options, surplus, shape.options);
      const commands = given().map(([key, argument]) => {
        return { key, command: this.#command(shape, key, argument, options) };
      });
      const signal = openSignal(options);
      const size = (): number => commands.reduce((sum, { command }) => sum + command.value.length, 0);
      return this.#tracedIfAsked(verb, commands.length, size, (trace) =>
        dispatchEach(verb, commands, shape.read, this.core, signal, trace),
      );
    });
  }

  /** Gets all keys by one command. */
  getMany(
    keys: Iterable<string>,
    options: GetManyOptions | GetArrayOptions | undefined,
    surplus: unknown,
  ): Promise<unknown> {
    return this.checked<unknown>(() => {
      checkCall(options, surplus, getManyOptions);
      checkKeys(keys);
      const as = options?.as;
      if (as !== undefined) checkWord('as', as, ['array', 'map']);
      const many = this.#many(keys, options);
      const found = as === 'array' ? new ValueArray(many.keys, many.userKeys) : new ValueMap(many.userKeys);
      if (many.keys.length === 0) return Promise.resolve(found.result());
      const signal = openSignal(options);
      const run = (trace?: CommandTrace): Promise<unknown> => getMany<unknown>(many, found, this.core, signal, trace);
      return this.#tracedIfAsked('get', many.keys.length, noSize, run);
    });
  }

  /** The same read of many keys, in one write for each node: key → result. Keys without an item are left out. */
  readEach<Result>(
    verb: string,
    shape: CallShape<undefined, Result>,
    keys: Iterable<string>,
    options: CallOptions | undefined,
    surplus: unknown,
  ): Promise<Map<string, Result>> {
    return this.checked(() => {
      if (surplus !== undefined) refuseSurplus(options, surplus, shape.options);
      checkKeys(keys);
      const commands = Array.from(new Set(keys), (key) => {
        return { key, command: this.#command(shape, key, undefined, options) };
      });
      const signal = openSignal(options);
      return this.#tracedIfAsked(verb, commands.length, noSize, (trace) =>
        dispatchEach(verb, commands, shape.read, this.core, signal, trace),
      );
    });
  }

  /** Reads through the cache; see get-or-set.ts. */
  getOrSet<T, V extends T>(
    storage: Storage<T>,
    key: string,
    load: Loader<V>,
    options: number | GetOrSetOptions | undefined,
    surplus: unknown,
  ): Promise<V> {
    return this.checked(() => {
      const settings = checkGetOrSet(load, options, surplus);
      const id = itemIdentity(this.core.collection, this.#wireKey(key));
      // A wrong ttl rejects before the load.
      if (settings.ttl !== undefined) exptimeOf(settings.ttl, this.core.fleet.clock);
      return this.core.loads.getOrSet<T, V>(storage, id, key, load, settings);
    });
  }

  /** Deletes all items of every node, now or in `delay` seconds. */
  flush(delay: number, options: NodeCallOptions | undefined, surplus: unknown): Promise<void> {
    const prepare = (command: Command): void => {
      // Infinity is exptime 0, which is now.
      if (delay === Infinity) refuseArgument('delay', delay, 'seconds from 0 on');
      command.exptime = exptimeOf(delay, this.core.fleet.clock);
    };
    return this.askAll(flushCall, options, surplus, prepare).then(() => undefined);
  }

  /** The node that would serve the key now; undefined = none. Throws InvalidKeyError and InvalidArgumentError. */
  serving(key: string | Uint8Array, options: KeyOptions | undefined): ServingNode | undefined {
    checkOptions(options, keyOptions);
    return this.core.fleet.cluster.serving(this.command('get', key, options));
  }

  /** A call to every node: node → result. */
  askAll<T>(
    { verb, read }: FleetCall<T>,
    options: NodeCallOptions | undefined,
    surplus: unknown,
    prepare?: (command: Command) => void,
  ): Promise<Map<string, T>> {
    return this.checked(() => {
      checkCall(options, surplus, nodeCallOptions);
      const command = this.#keyless(verb, options);
      prepare?.(command);
      const signal = openSignal(options);
      return this.#tracedIfAsked(verbOf(command), undefined, noSize, (trace) =>
        askEveryNode(this.core, command, read, signal, trace),
      );
    });
  }

  /** Runs `run`; an error that it throws rejects the promise. */
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
    const { fleet } = this.core;
    const call = new Call(command, shape, this.core);
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

  /** Runs a call on many keys or nodes, with a trace if the channel has subscribers. */
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
    const { fleet, namespace } = this.core;
    const { nodes } = fleet.cluster;
    const node = key === '' ? (nodes.length === 1 ? nodes[0] : undefined) : fleet.cluster.locate(key);
    return new CommandTrace({ operation, namespace, key, batchSize, requestSize, node: node?.name }, fleet.clock);
  }

  #command<Argument>(
    { verb, prepare, options: known }: CallShape<Argument, unknown>,
    key: string | Uint8Array,
    argument: Argument,
    options: number | CallOptions | undefined,
  ): Command {
    if (options !== undefined) checkOptions(options, known);
    const command = this.command(verb, key, typeof options === 'number' ? undefined : options);
    if (prepare !== undefined) prepare(command, argument, this.core, options);
    return command;
  }

  /** A command on one key. Throws for a wrong key. */
  command(verb: Verb, key: string | Uint8Array, options: CallOptions | undefined): Command {
    let command: Command;
    if (typeof key === 'string' && isPlain(key, this.#room)) {
      command = new Command(verb, this.prefix + key);
      command.isPlainKey = true;
    } else command = new Command(verb, this.#wireKey(key));
    command.collection = this.core.collection;
    if (options !== undefined) this.#apply(command, options);
    return command;
  }

  /** A get of many keys. */
  #many(keys: Iterable<string>, options: CallOptions | undefined): ManyKeys {
    const command = this.#keyless('get', options);
    const wireKeys = [...keys];
    let given = wireKeys;
    command.collection = this.core.collection;
    command.isPlainKey = true;
    for (let i = 0; i < wireKeys.length; i++) {
      const key = wireKeys[i] as string;
      const isKeyPlain = typeof key === 'string' && isPlain(key, this.#room);
      const wire = isKeyPlain ? this.prefix + key : this.#wireKey(key);
      if (!isKeyPlain) command.isPlainKey = false;
      if (wire === key) continue;
      if (given === wireKeys) given = [...wireKeys];
      wireKeys[i] = wire;
    }
    command.keys = wireKeys;
    return { command, keys: wireKeys, userKeys: new UserKeys(wireKeys, given) };
  }

  /** A command without key. */
  #keyless(verb: Verb, options: CallOptions | undefined): Command {
    const command = new Command(verb);
    if (options !== undefined) this.#apply(command, options);
    return command;
  }

  #wireKey(key: string | Uint8Array): string {
    return wireKey(key, this.prefix, this.#longest);
  }

  #apply(command: Command, { routingKey, substitute, timeout }: CallOptions): void {
    if (routingKey !== undefined) command.routingKey = this.#wireKey(routingKey);
    if (substitute !== undefined) command.ownerOnly = !checkFlag('substitute', substitute);
    if (timeout === undefined) return;
    // Infinity becomes a very late deadline: a command without one would get the client's default.
    const ms = Math.min(checkTimeout(timeout), Number.MAX_SAFE_INTEGER);
    command.deadline = deadlineIn(this.core.fleet.clock, ms);
  }
}

const noSize = (): number => 0;

/** The options of a call on many keys or nodes. */
function checkCall(options: unknown, surplus: unknown, known: KnownOptions = callOptions): void {
  if (surplus !== undefined) refuseSurplus(options, surplus, known);
  checkOptions(options, known);
}
