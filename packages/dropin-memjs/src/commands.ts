/**
 * The commands on one key, as a table: the arguments of the method between the key and the callback, and the call of
 * memfleet.
 */
import type { Client as Fleet, Encoded } from 'memfleet';
import { refusalOf } from './errors.ts';
import { bufferify, Utils } from './packets.ts';
import type { RawItem } from './server.ts';

/** Options of the commands that store, count or touch. Times are seconds. */
export interface CommandOptions {
  /** The time to live; above 30 days a Unix time. @default the client's `expires` */
  readonly expires?: number | undefined;
  /** The value of a counter that does not exist. @default 0 */
  readonly initial?: number | undefined;
}

/** Converts values to bytes and back. `extras` are the flags, and behind them the time to live. */
export interface Serializer {
  serialize(
    opcode: number,
    value: unknown,
    extras: Buffer | string,
  ): { value: string | Buffer; extras: Buffer | string };
  deserialize(opcode: number, value: Buffer, extras: Buffer): { value: unknown; extras: unknown };
}

/** A command on its way: what its row makes of the arguments. */
export interface Call {
  readonly key: string;
  /** The value, the amount, or the time to live of a touch. */
  readonly argument: unknown;
  readonly options: CommandOptions;
  /** Undefined: text and bytes as they are. */
  readonly serializer: Serializer | undefined;
  /** Seconds. */
  readonly expires: number;
}

/** The time of an attempt in milliseconds. */
type Timing = { readonly timeout: number } | undefined;

/** Sends the command once. */
export type Send = (fleet: Fleet, timing: Timing) => Promise<unknown>;

/** A command on one key. */
export interface CommandRow {
  /** The name in error messages. */
  readonly name: string;
  /** What stands between the key and the callback. */
  readonly takes: 'nothing' | 'argument' | 'argument and options';
  /** Whether it may be sent again after a failure that left open whether it took effect. */
  readonly isRepeatable: boolean;
  /** Throws for arguments that cannot be sent. */
  readonly prepare: (call: Call) => Send;
  /** What `Send` resolves to → the results of the callback. @default unchanged: it is the list of them */
  readonly results?: (sent: unknown, serializer: Serializer | undefined) => readonly unknown[];
  /** The results of the callback → that of the promise. @default the first */
  readonly promise?: (results: readonly unknown[]) => unknown;
}

/** Longer times are a Unix time (memcached `protocol.txt`, "Expiration times"). */
const longestRelative = 30 * 24 * 60 * 60;

/** Seconds from now; 0 and less = over at once. */
function ttlOf(expires: number): number {
  if (expires === 0) return Infinity;
  return expires > longestRelative ? expires - Math.floor(Date.now() / 1000) : expires;
}

const asList = (result: unknown): readonly unknown[] => [result];

/** Throws for a time that has no 32 bits, as memjs does. */
const checked = (expires: number): number => (expires === 0 ? 0 : Utils.makeExpiration(expires).readUInt32BE(0));

const ascii = /^[\0-\x7f]*$/;

/** A text in ASCII is its own bytes. */
const bytesOf = (value: string | Buffer): string | Buffer =>
  typeof value === 'string' && ascii.test(value) ? value : bufferify(value);

/** Serializes a value. The extras begin with the flags; those of a store end with the time to live. */
function serialized(opcode: number, { argument, expires, serializer }: Call): Encoded & { ttl: number } {
  if (serializer === undefined) return { data: bytesOf(argument as string), flags: 0, ttl: ttlOf(checked(expires)) };
  const extras = opcode < 0x0e ? Buffer.concat([Buffer.alloc(4), Utils.makeExpiration(expires)]) : '';
  const made = serializer.serialize(opcode, argument, extras);
  const data = bytesOf(made.value);
  const bytes = bufferify(made.extras);
  if (bytes.length < 8) return { data, flags: 0, ttl: Infinity };
  return { data, flags: bytes.readUInt32BE(0), ttl: ttlOf(bytes.readUInt32BE(4)) };
}

/** What a callback of `get` receives. */
function shown(item: RawItem | undefined, serializer: Serializer | undefined): readonly unknown[] {
  if (item === undefined) return [null, null];
  if (serializer === undefined) return item;
  const { value, extras } = serializer.deserialize(0, ...item);
  return [value, extras];
}

const get: CommandRow = {
  name: 'GET',
  takes: 'nothing',
  isRepeatable: true,
  prepare:
    ({ key }) =>
    (fleet, timing) =>
      fleet.get<RawItem>(key, timing),
  results: (item, serializer) => shown(item as RawItem | undefined, serializer),
  promise: ([value, flags]) => ({ value, flags }),
};

function stores(method: 'set' | 'add' | 'replace', opcode: number): CommandRow {
  return {
    name: method.toUpperCase(),
    takes: 'argument and options',
    isRepeatable: method !== 'add',
    prepare(call) {
      const encoded = serialized(opcode, call);
      const ttl = Math.max(1, encoded.ttl);
      return (fleet, timing) => {
        // An item whose time is over at once is no item.
        if (encoded.ttl <= 0 && method === 'set') return fleet.delete(call.key, timing).then(() => [true]);
        return fleet[method](call.key, encoded, timing === undefined ? ttl : { ttl, ...timing }).then(asList);
      };
    },
  };
}

function joins(method: 'append' | 'prepend', opcode: number): CommandRow {
  return {
    name: method.toUpperCase(),
    takes: 'argument',
    isRepeatable: false,
    prepare(call) {
      const encoded = serialized(opcode, call);
      return async (fleet, timing) => {
        if (await fleet[method](call.key, encoded, timing)) return [true];
        throw refusalOf(method.toUpperCase(), 0x05);
      };
    },
  };
}

/** The time of a counter that is not to be made (memcached `protocol_binary.txt`, "Increment, Decrement"). */
const noCreate = 0xffff_ffff;

function counts(name: string, method: 'incr' | 'decr'): CommandRow {
  return {
    name,
    takes: 'argument and options',
    isRepeatable: false,
    prepare({ key, argument, options, expires }) {
      const delta = BigInt(Math.trunc(Number(argument)));
      const ttl = Math.max(1, ttlOf(expires));
      const initial = expires === noCreate ? undefined : BigInt(Math.trunc(options.initial || 0));
      return async (fleet, timing) => {
        const value = await fleet[method](key, delta, { ...(initial !== undefined && { initial, ttl }), ...timing });
        if (value === undefined) throw refusalOf(name, 0x01);
        return [true, Number(value)];
      };
    },
    promise: ([success, value]) => ({ success, value }),
  };
}

const remove: CommandRow = {
  name: 'DELETE',
  takes: 'nothing',
  isRepeatable: true,
  prepare:
    ({ key }) =>
    async (fleet, timing) => [await fleet.delete(key, timing)],
};

const touch: CommandRow = {
  name: 'TOUCH',
  takes: 'argument',
  isRepeatable: true,
  prepare({ key, argument, expires }) {
    const ttl = ttlOf(Utils.makeExpiration((argument as number) || expires).readUInt32BE(0));
    return async (fleet, timing) => [await (ttl <= 0 ? fleet.delete(key, timing) : fleet.touch(key, ttl, timing))];
  },
};

/** Method → command. */
export const commands: Readonly<Record<string, CommandRow>> = {
  get,
  set: stores('set', 0x01),
  add: stores('add', 0x02),
  replace: stores('replace', 0x03),
  delete: remove,
  increment: counts('INCREMENT', 'incr'),
  decrement: counts('DECREMENT', 'decr'),
  append: joins('append', 0x0e),
  prepend: joins('prepend', 0x0f),
  touch,
};
