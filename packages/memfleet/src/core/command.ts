/**
 * The neutral Command: a request, independent of the protocol. Client, proxy and server share it; the codecs of
 * `protocol/` encode it. One class with fixed fields for all verbs, so that the hot path stays monomorphic.
 */

import type { CollectionRef } from './collection.ts';
import { type MetaFlags, writesOnGet } from './meta-flags.ts';
import type { WriteTerms } from './write-terms.ts';

/**
 * The action of a command. `get` covers get, gets, gat, gats, mg and GET/GETK/GAT; `store` covers set … cas, ms;
 * `arith` incr, decr, ma; `debug` is `me`; `admin` is a request of an administrator, such as `cache_memlimit`, with the
 * words of its line as the value; `auth` is the ASCII authentication token; `packet` is any binary opcode that has no
 * neutral verb; `invalid` is a request that a command decoder could read but not accept (see `Command.fault`).
 */
export type Verb =
  | 'get'
  | 'store'
  | 'delete'
  | 'arith'
  | 'touch'
  | 'debug'
  | 'noop'
  | 'flush'
  | 'version'
  | 'verbosity'
  | 'stats'
  | 'admin'
  | 'quit'
  | 'auth'
  | 'packet'
  | 'invalid';

/** How a `store` treats an existing item. A compare-and-swap is mode `set` with a `cas` other than 0. */
export type StoreMode = 'set' | 'add' | 'replace' | 'append' | 'prepend';

/** The protocol of a request, in which its reply is encoded. */
export type Dialect = 'text' | 'meta' | 'binary';

/** Fields that exist only in the binary protocol. */
export interface PacketFields {
  /** The opcode as it was received or is sent. */
  readonly opcode: number;
  /** Returned unchanged; 0 … 2^32−1. */
  readonly opaque: number;
  /** Extras as they were received or are sent (verb `packet` only). */
  readonly extras?: Uint8Array | undefined;
  /** Framing extras of the alternative request format, magic 0x08. */
  readonly framing?: Uint8Array | undefined;
  /** The datatype byte. @default 0 */
  readonly datatype?: number | undefined;
  /** The reply carries the key (GETK, GATK). */
  readonly returnKey?: boolean | undefined;
  /** The name for users (verb `packet` only). @default the number of the opcode */
  readonly name?: string | undefined;
  /** What a write to a Couchbase bucket demands; its layers make framing extras of it. */
  readonly terms?: WriteTerms | undefined;
  /** The features of HELLO that a connection must have; one to another node than Couchbase's refuses even none. */
  readonly needs?: readonly number[] | undefined;
  /** Statuses that are not waited for, though the same request may succeed later. */
  readonly finals?: readonly number[] | undefined;
  /** Whether it may have a durability (verb `packet` only). @default false */
  readonly mayBeDurable?: boolean | undefined;
  /** Whether repeating the request changes nothing (verb `packet` only). @default false */
  readonly isRead?: boolean | undefined;
}

/** Why a parsed request is not accepted. The session sends it as the reply, in order. */
export interface CommandFault {
  /** The kind of error that the client receives. */
  readonly kind: 'unknownCommand' | 'client' | 'server';
  /** The text after `CLIENT_ERROR ` or `SERVER_ERROR `; unused for `unknownCommand`. */
  readonly message: string;
  /** The binary status of the reply. */
  readonly status: number;
  /** True when the bytes after the request cannot be trusted: the session replies, then closes. */
  readonly close: boolean;
  /**
   * Whether the item under `Command.key` is deleted as well: memcached drops the old value of a `set` that is too
   * large, so that it is not read as current.
   */
  readonly forget?: boolean | undefined;
}

/** No expiry change: the exptime of an `arith` without initial value on the binary protocol, "fail if missing". */
export const noCreateExptime = 0xffffffff;

/**
 * A get of many keys that is executed in pieces, each a command of its own. The pieces share one reply, with one `END`,
 * or with the first error in place of it.
 */
export interface GetLine {
  /** The last piece; undefined = it has not been dispatched yet. */
  last: Command | undefined;
  /** The first piece that failed. */
  failure: Pick<CommandFault, 'kind' | 'message' | 'status'> | undefined;
}

/** An object that can be cancelled. */
export interface Cancellable {
  /** Whether the caller is gone. */
  readonly cancelled: boolean;
}

/** One request. Fields that a verb does not use keep their defaults. */
export class Command {
  /** The operation. */
  readonly verb: Verb;
  /** A byte string: every character is one byte of the key. `''` where the verb has none. */
  key: string;
  /**
   * True when the key is known to be 1 … 250 bytes of 0x21 … 0x7e or ≥ 0x80, so that every protocol carries it as it
   * is; false = not checked. With `keys`: all of them are.
   */
  isPlainKey = false;
  /** The keys of a multi-key get (then `key` is `''`). */
  keys: readonly string[] | undefined = undefined;
  /** The get line that the keys are a piece of; undefined = they are the whole request. */
  line: GetLine | undefined = undefined;
  /**
   * The value to store; a string is a byte string. Also: group of `stats`, words of `admin`, token of `auth`, body of
   * `packet`.
   */
  value: string | Uint8Array = '';
  /** How a store treats an existing item. */
  mode: StoreMode = 'set';
  /** Client flags, 32 bits unsigned. */
  flags = 0;
  /**
   * Wire exptime (memcached `protocol.txt`, "Expiration times"): store, touch, get with `touch`, arith with `initial`;
   * delay of `flush`; level of `verbosity`.
   */
  exptime = 0;
  /** get: set the exptime as well (gat). arith, delete on meta: `T` was given. */
  touch = false;
  /** Compare-and-swap token of store, delete, arith; 0n = none. */
  cas = 0n;
  /** Whether the reply carries the value (get, arith). */
  wantValue = true;
  /** Whether the reply carries the cas. */
  wantCas = false;
  /** arith: subtract rather than add. */
  decrement = false;
  /** arith: 0 … 2^64−1. */
  delta: number | bigint = 1;
  /** arith: the value of a counter made on a miss; undefined = do not make one. */
  initial: bigint | undefined = undefined;
  /** No reply on success (noreply, q, quiet opcodes). */
  quiet = false;
  /** The vBucket of the key (binary protocol, bytes 6–7). */
  vbucket = 0;
  /**
   * get, of a Couchbase bucket: the copy of the vBucket that receives it; 0 = the active one, i = the i-th replica,
   * `anyCopy` = all of them.
   */
  replica = 0;
  /** The collection of a Couchbase bucket that the key belongs to; undefined = the default collection. */
  collection: CollectionRef | undefined = undefined;
  /** When the whole call must have settled: ms on the clock; 0 = no deadline. */
  deadline = 0;
  /** Whether its reply has no end and lasts as long as its session (`watch`). */
  isEndless = false;
  /** Whether it stands in a queue, and none of its bytes have been sent. */
  isQueued = false;
  /** The text that the locator hashes instead of the key: a routing key or hash tag. */
  routingKey: string | undefined = undefined;
  /** Whether only the owner of the key may execute it: it fails rather than go to a substitute. */
  ownerOnly = false;
  /** The protocol by which it was received. */
  dialect: Dialect = 'meta';
  /** Fields that exist only in the meta protocol. */
  meta: MetaFlags | undefined = undefined;
  /** Fields that exist only in the binary protocol. */
  packet: PacketFields | undefined = undefined;
  /** Why an `invalid` request is not accepted. */
  fault: CommandFault | undefined = undefined;
  /**
   * True: it was cancelled itself. An object: it is cancelled when that is. One field for both, so that a command is no
   * larger for it.
   */
  #cancelled: boolean | Cancellable = false;

  constructor(verb: Verb, key = '') {
    this.verb = verb;
    this.key = key;
  }

  /** Whether the caller is gone: a queue may drop the command if nothing was written. It is never reset. */
  get cancelled(): boolean {
    const by = this.#cancelled;
    return typeof by === 'boolean' ? by : by.cancelled;
  }

  set cancelled(_is: true) {
    this.#cancelled = true;
  }

  /** Links it to `caller`: it is cancelled when `caller` is. */
  cancelWith(caller: Cancellable): void {
    this.#cancelled = caller;
  }

  /** Removes the link to its caller: it must be executed because another command was, even if the caller leaves. */
  detach(): this {
    this.#cancelled = false;
    return this;
  }
}

/** `Command.replica`: every copy receives it, and the first value is the reply. */
export const anyCopy = -1;

/** The fields in which a derived command may differ from its original. */
export type DerivedFields = Partial<Omit<Command, 'verb' | 'isQueued' | 'cancelled' | 'cancelWith' | 'detach'>>;

/**
 * A copy of the command in which `fields` replace its own: for another node, some of its keys, another deadline. The
 * copy stands in no queue yet. When the original is cancelled, so is the derived command; not the other way round. Code
 * that derives a command for every key sets the fields afterwards, which costs less.
 */
export function derive(from: Command, fields?: DerivedFields): Command {
  const copy = new Command(from.verb, from.key);
  copy.isPlainKey = from.isPlainKey;
  copy.keys = from.keys;
  copy.line = from.line;
  copy.value = from.value;
  copy.mode = from.mode;
  copy.flags = from.flags;
  copy.exptime = from.exptime;
  copy.touch = from.touch;
  copy.cas = from.cas;
  copy.wantValue = from.wantValue;
  copy.wantCas = from.wantCas;
  copy.decrement = from.decrement;
  copy.delta = from.delta;
  copy.initial = from.initial;
  copy.quiet = from.quiet;
  copy.vbucket = from.vbucket;
  copy.replica = from.replica;
  copy.collection = from.collection;
  copy.deadline = from.deadline;
  copy.isEndless = from.isEndless;
  copy.routingKey = from.routingKey;
  copy.ownerOnly = from.ownerOnly;
  copy.dialect = from.dialect;
  copy.meta = from.meta;
  copy.packet = from.packet;
  copy.fault = from.fault;
  copy.cancelWith(from);
  return fields === undefined ? copy : Object.assign(copy, fields);
}

/**
 * A command with another verb for the same key: without a dialect, without a deadline. It is cancelled with the
 * original.
 */
export function commandFor(from: Command, verb: Verb, fields?: DerivedFields): Command {
  const command = new Command(verb, from.key);
  command.isPlainKey = from.isPlainKey;
  command.collection = from.collection;
  command.routingKey = from.routingKey;
  command.ownerOnly = from.ownerOnly;
  command.cancelWith(from);
  return fields === undefined ? command : Object.assign(command, fields);
}

/**
 * True when repeating the command cannot change what the node holds beyond what one execution does, so that it may be
 * sent again after bytes have left.
 */
export function isRead(command: Command): boolean {
  switch (command.verb) {
    case 'get':
      return !command.touch && (command.meta === undefined || !writesOnGet(command.meta));
    case 'noop':
    case 'version':
    case 'stats':
    case 'debug':
      return true;
    case 'packet':
      return command.packet?.isRead === true;
    default:
      return false;
  }
}

/** Whether it adds to the value of an item: append or prepend. */
export function isJoin({ mode, verb }: Command): boolean {
  return verb === 'store' && (mode === 'append' || mode === 'prepend');
}

/** Whether it requests only the item: then any place that holds the item may reply. */
export function isPlainGet(command: Command): boolean {
  return command.verb === 'get' && !command.touch && !command.wantCas && command.meta === undefined;
}

/** Verbs that have another name for users, independent of the other fields. */
const userVerbs: Partial<Readonly<Record<Verb, string>>> = {
  debug: 'me',
  flush: 'flush_all',
  auth: 'authentication',
  invalid: 'invalid request',
};

/** The name of the verb for users: that of memcached's text protocol. */
export function verbOf(command: Command): string {
  const { verb, value } = command;
  switch (verb) {
    case 'get': {
      // Every binary get returns the cas.
      const suffix = command.wantCas && command.dialect !== 'binary' ? 's' : '';
      return `${command.touch ? 'gat' : 'get'}${suffix}`;
    }
    case 'store':
      return command.cas === 0n ? command.mode : 'cas';
    case 'arith':
      return command.decrement ? 'decr' : 'incr';
    case 'admin':
      return typeof value === 'string' ? value : verb;
    case 'packet':
      return command.packet?.name ?? `opcode 0x${(command.packet?.opcode ?? 0).toString(16).padStart(2, '0')}`;
    default:
      return userVerbs[verb] ?? verb;
  }
}

/** `get "key"`, for messages. */
export function describeCommand(command: Command): string {
  const verb = verbOf(command);
  const { length } = command.keys ?? [];
  if (length > 0) return `${verb} of ${length} keys`;
  return command.key === '' ? verb : `${verb} ${JSON.stringify(command.key)}`;
}

/** A copy for another route or another key. It has no deadline: the fleet that receives it sets its own. */
export function copyCommand(from: Command, key: string = from.key): Command {
  const copy = derive(from);
  copy.key = key;
  copy.deadline = 0;
  return copy;
}

/** A copy for one of several routes that must all write: it is executed even if the client leaves. */
export function copyForAll(from: Command): Command {
  return copyCommand(from).detach();
}
