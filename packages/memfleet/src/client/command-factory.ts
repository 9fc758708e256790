/**
 * Commands of a client, made of what users hand in: keys checked and prefixed, values encoded and measured, times
 * converted. All of it throws before anything is sent.
 */
import { fromByteString } from '../base/bytes.ts';
import { deadlineIn } from '../base/clock.ts';
import { Command, type Verb } from '../core/command.ts';
import { ValueTooLargeError } from '../core/errors.ts';
import { itemSize } from '../store/item.ts';
import { checkEncoded, checkTimeout } from './arguments.ts';
import type { CallOptions, CounterOptions, StoreOptions } from './call-options.ts';
import type { ClientCore } from './core.ts';
import { checkDelta } from './counter.ts';
import { isPlain, plainRoom, wireKey } from './key.ts';
import type { Encoded } from './transcoder.ts';
import { exptimeOf } from './ttl.ts';

/** A get of many keys. */
export interface ManyKeys {
  readonly command: Command;
  /**
   * As they go on the wire. A key that was given twice is asked for twice: to look for it would cost every key of every
   * call a tenth of the call (docs/performance.md, "duplicate keys").
   */
  readonly keys: readonly string[];
  /** Wire key → the user's key, where they differ. */
  readonly userKeys: ReadonlyMap<string, string>;
}

/** Makes commands of the arguments of calls; throws before anything is sent. */
export class CommandFactory {
  readonly #core: ClientCore;
  /** A byte string. */
  readonly prefix: string;
  readonly #room: number;

  constructor(core: ClientCore, prefix: string) {
    this.#core = core;
    this.prefix = prefix;
    this.#room = plainRoom(prefix);
  }

  /** A command on one key. */
  keyed(verb: Verb, key: string | Uint8Array, options: CallOptions | undefined): Command {
    let command: Command;
    if (typeof key === 'string' && isPlain(key, this.#room)) {
      command = new Command(verb, this.prefix + key);
      command.isPlainKey = true;
    } else command = new Command(verb, wireKey(key, this.prefix));
    if (options !== undefined) this.#setTimeout(command, options);
    return command;
  }

  /** A get of many keys. */
  many(keys: Iterable<string>, options: CallOptions | undefined): ManyKeys {
    const command = this.keyless('get', options);
    const wireKeys: string[] = [];
    const userKeys = new Map<string, string>();
    command.isPlainKey = true;
    for (const key of keys) {
      const isKeyPlain = typeof key === 'string' && isPlain(key, this.#room);
      const wire = isKeyPlain ? this.prefix + key : wireKey(key, this.prefix);
      wireKeys.push(wire);
      if (!isKeyPlain) command.isPlainKey = false;
      if (wire !== key) userKeys.set(wire, key);
    }
    command.keys = wireKeys;
    return { command, keys: wireKeys, userKeys };
  }

  /** A command without key. */
  keyless(verb: Verb, options: CallOptions | undefined): Command {
    const command = new Command(verb);
    if (options !== undefined) this.#setTimeout(command, options);
    return command;
  }

  /** Gives a `store` its value and its ttl. */
  putValue(command: Command, value: unknown, options: number | StoreOptions | undefined): void {
    const { context, ttl: defaultTtl } = this.#core;
    this.putEncoded(command, context.transcoder.encode(value));
    const ttl = typeof options === 'number' ? options : (options?.ttl ?? defaultTtl);
    if (ttl !== 0) command.exptime = this.exptime(ttl);
  }

  /** Gives a `store` a value that is encoded already. */
  putEncoded(command: Command, encoded: Encoded): void {
    const { data, flags } = checkEncoded(encoded);
    const { hasReplicas, maxItemSize } = this.#core;
    const size = hasReplicas ? data.length : itemSize(command.key.length, data.length, flags);
    if (size > maxItemSize) refuseLarge(command.key, data.length, size, maxItemSize);
    command.value = data;
    command.flags = flags;
  }

  /** Gives an `arith` its delta, and what a counter that is not there begins with. */
  putStep(command: Command, delta: number | bigint, options: number | CounterOptions | undefined): void {
    command.delta = checkDelta('delta', delta);
    const { initial, ttl = this.#core.ttl } = typeof options === 'object' ? options : {};
    if (initial === undefined) return;
    command.initial = BigInt(checkDelta('initial', initial));
    command.exptime = this.exptime(ttl);
  }

  /** ttl in seconds → exptime of the wire. */
  exptime(ttl: number): number {
    return exptimeOf(ttl, this.#core.context.clock);
  }

  #setTimeout(command: Command, options: CallOptions): void {
    const { timeout } = options;
    if (timeout === undefined) return;
    // Far beyond any process: no deadline at all would get the client's default.
    command.deadline = deadlineIn(this.#core.context.clock, Math.min(checkTimeout(timeout), Number.MAX_SAFE_INTEGER));
  }
}

function refuseLarge(key: string, length: number, size: number, most: number): never {
  const item = size === length ? '' : `, ${size} with its key and memcached's header`;
  throw new ValueTooLargeError(
    `the value of ${JSON.stringify(fromByteString(key))} has ${length} bytes${item}; at most ${most} are allowed (option "maxItemSize")`,
  );
}
