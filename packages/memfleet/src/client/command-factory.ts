/** Commands of a client, made of what users hand in: keys checked and prefixed, values encoded and measured, times converted. All of it throws before anything is sent. */
import { deadlineIn } from '../base/clock.ts';
import { Command, type StoreMode, type Verb } from '../core/command.ts';
import { ValueTooLargeError } from '../core/errors.ts';
import { checkEncoded, checkOptions, checkTimeout } from './arguments.ts';
import type { CallOptions, CounterOptions, StoreOptions } from './call-options.ts';
import type { ClientCore } from './core.ts';
import { checkDelta } from './counter.ts';
import { isPlain, plainRoom, wireKey } from './key.ts';
import { exptimeOf } from './ttl.ts';

/** A get of many keys. */
export interface ManyKeys {
  readonly command: Command;
  /** As they go on the wire. A key that was given twice is asked for twice: to look for it would cost every key of every call a tenth of the call (docs/performance.md, "duplicate keys"). */
  readonly keys: readonly string[];
  /** Wire key → the user's key, where they differ. */
  readonly userKeys: ReadonlyMap<string, string>;
}

/** Makes commands of the arguments of calls; throws before anything is sent. */
export class CommandFactory<T> {
  readonly #core: ClientCore<T>;
  /** A byte string. */
  readonly prefix: string;
  readonly #room: number;

  constructor(core: ClientCore<T>, prefix: string) {
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

  /** `cas` 0n = none. */
  store(
    mode: StoreMode,
    key: string | Uint8Array,
    value: T,
    cas: bigint,
    options: number | StoreOptions | undefined,
  ): Command {
    const { transcoder, maxItemSize } = this.#core;
    const settings = typeof options === 'number' ? undefined : options;
    const command = this.keyed('store', key, settings);
    const { data, flags } = checkEncoded(transcoder.encode(value));
    if (data.length > maxItemSize) {
      const what = typeof key === 'string' ? JSON.stringify(key) : 'the key';
      throw new ValueTooLargeError(
        `the value of ${what} has ${data.length} bytes; at most ${maxItemSize} are allowed (option "maxItemSize")`,
      );
    }
    command.mode = mode;
    command.value = data;
    command.flags = flags;
    command.cas = cas;
    const ttl = typeof options === 'number' ? options : (settings?.ttl ?? this.#core.ttl);
    if (ttl !== 0) command.exptime = this.exptime(ttl);
    return command;
  }

  /** A counter's step. */
  count(key: string | Uint8Array, delta: number | bigint, down: boolean, options: CounterOptions | undefined): Command {
    const command = this.keyed('arith', key, options);
    command.delta = checkDelta('delta', delta);
    command.decrement = down;
    const { initial, ttl = this.#core.ttl } = options ?? {};
    if (initial === undefined) return command;
    command.initial = BigInt(checkDelta('initial', initial));
    command.exptime = this.exptime(ttl);
    return command;
  }

  /** ttl in seconds → exptime of the wire. */
  exptime(ttl: number): number {
    return exptimeOf(ttl, this.#core.clock);
  }

  #setTimeout(command: Command, options: CallOptions): void {
    checkOptions(options);
    const { timeout } = options;
    if (timeout === undefined) return;
    // Far beyond any process: no deadline at all would get the client's default.
    command.deadline = deadlineIn(this.#core.clock, Math.min(checkTimeout(timeout), Number.MAX_SAFE_INTEGER));
  }
}
