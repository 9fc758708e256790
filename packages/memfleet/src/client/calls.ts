/**
 * The client's calls on one key, as a table. A row has the verb, `prepare` (arguments → fields of the command), `read`
 * (reply → result) and the result of a miss.
 *
 *   client.touch(key, 60) ─▶ calls.touch ─ prepare ─▶ Command ─▶ … ─▶ Reply ─ read ─▶ true
 *
 * A new call is a row here and a method of `Client`, which passes the row to `run`.
 */
import { anyCopy, type StoreMode, type Verb } from '../core/command.ts';
import type { MetaFlags } from '../core/meta-flags.ts';
import type { Reply } from '../core/reply.ts';
import { isStub } from '../core/stub.ts';
import { checkCas, refuseArgument } from './arguments.ts';
import { ttlBy } from './bucket/metadata.ts';
import { callShape, type CallShape, type Failed, type Prepare, type Read } from './call-shape.ts';
import { checkBucket, type ClientCore } from './core.ts';
import { putStep, readBigint, readNumber } from './counter.ts';
import { putValue } from './item-value.ts';
import { counterOptions, deleteOptions, type KnownOptions, storeOptions, writeOptions } from './known-options.ts';
import { type MetaReply, noMetaReply, readMetaReply } from './meta-reply.ts';
import type { Transcoder } from './transcoder.ts';
import { exptimeOf, ttlInSeconds } from './ttl.ts';
import { putTerms } from './write-terms.ts';

/** A value with its compare-and-swap token. */
export interface WithCas<T> {
  /** The value. */
  readonly value: T;
  /** Opaque; pass it to `cas` or `delete`. */
  readonly cas: bigint;
}

/** How a compare-and-swap ended: `exists` = another client wrote in between. */
export type CasResult = 'stored' | 'exists' | 'notFound';

const readValue = (reply: Reply, transcoder: Transcoder<unknown>): unknown =>
  reply.status === 'ok' && reply.hasValue && !isStub(reply) ? transcoder.decode(reply) : undefined;

const readWithCas: Read<WithCas<unknown> | undefined> = (reply, transcoder) => {
  const value = readValue(reply, transcoder);
  return value === undefined ? undefined : { value, cas: reply.cas };
};

const isOk: Read<boolean> = (reply) => reply.status === 'ok';

const readCasResult: Read<CasResult> = (reply) =>
  reply.status === 'ok' ? 'stored' : reply.status === 'exists' ? 'exists' : 'notFound';

/** An item with everything that its node reports about it. */
export interface Item<T> {
  /** The value. */
  readonly value: T;
  /** The client flags, 32 bits: the transcoder's note about the type of the value. */
  readonly flags: number;
  /** Opaque; pass it to `cas` or `delete`. */
  readonly cas: bigint;
  /** Seconds left to live; Infinity = no expiry. Undefined: the node does not speak the meta protocol. */
  readonly ttl: number | undefined;
  /**
   * Seconds since the item was stored. Nodes forget this time with the first read, so it is undefined if `fetched` is
   * true, and if the node does not speak the meta protocol.
   */
  readonly age: number | undefined;
  /** The size of the stored value in bytes. */
  readonly size: number;
  /**
   * Seconds since the last access before this one. memcached records an access at most once a minute. Undefined: the
   * node does not speak the meta protocol.
   */
  readonly lastAccess: number | undefined;
  /** Whether the item was read before. Undefined: the node does not speak the meta protocol. */
  readonly fetched: boolean | undefined;
}

const readItem: Read<Item<unknown> | undefined> = (reply, transcoder) => {
  const value = readValue(reply, transcoder);
  if (value === undefined) return undefined;
  const { flags, cas, hit: fetched, lastAccess, length: size } = reply;
  const age = fetched === false ? lastAccess : undefined;
  return { value, flags, cas, ttl: ttlInSeconds(reply), age, size, lastAccess, fetched };
};

const readTtl: Read<number | undefined> = (reply) => (reply.status === 'ok' ? ttlInSeconds(reply) : undefined);

/** The argument is the value. */
function store(mode: StoreMode, known: KnownOptions = storeOptions): CallShape<unknown, boolean> {
  const prepare: Prepare<unknown> = (command, value, core, options) => {
    command.mode = mode;
    putValue(command, value, options, core);
  };
  return callShape('store', isOk, false, prepare, known);
}

/** The argument is joined to the value. */
function join(mode: 'append' | 'prepend'): CallShape<unknown, boolean> {
  const prepare: Prepare<unknown> = (command, value, core, options) => {
    // Its JSON would stand in the middle of a text.
    if (value === null || value === undefined) refuseArgument(`the value of ${mode}`, value, 'text, bytes or a number');
    command.mode = mode;
    putValue(command, value, options, core);
  };
  return callShape('store', isOk, false, prepare, writeOptions);
}

/** The argument is the delta. */
type CountShape = CallShape<number | bigint, number | bigint | undefined>;

function count(isDown: boolean, read: Read<number | bigint | undefined>): CountShape {
  const prepare: Prepare<number | bigint> = (command, delta, core, options) => {
    command.decrement = isDown;
    putStep(command, delta, options, core);
  };
  return callShape('arith', read, undefined, prepare, counterOptions);
}

export const get: CallShape<undefined, unknown> = callShape('get', readValue, undefined);

/**
 * A get whose result `made` makes of the value, and `failed` of a failure, without a promise beside that of the call:
 * for layers above the client. `made` runs within `onReply`. It may return a promise of the result.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the type of the values of the client
export function getAs<V, R>(
  made: (value: V | undefined) => R | Promise<R>,
  missed: R,
  failed?: Failed<R>,
): CallShape<undefined, R> {
  const read: Read<R> = (reply, transcoder) => made(readValue(reply, transcoder) as V | undefined) as R;
  return callShape('get', read, missed, undefined, undefined, failed);
}

/** Reads from a copy of the item: `Command.replica`. */
function replicaRead(replica: number): CallShape<undefined, unknown> {
  return callShape('get', readValue, undefined, (command, _none, core) => {
    checkBucket(core, 'replicas');
    command.replica = replica;
  });
}

export const getFromReplica: CallShape<undefined, unknown> = replicaRead(1);

export const getAnyReplica: CallShape<undefined, unknown> = replicaRead(anyCopy);

export const getWithCas: CallShape<undefined, WithCas<unknown> | undefined> = callShape(
  'get',
  readWithCas,
  undefined,
  (command) => {
    command.wantCas = true;
  },
);

const itemFlags: MetaFlags = { tokens: ['v', 'f', 'c', 't', 'h', 'l'] };

export const getItem: CallShape<undefined, Item<unknown> | undefined> = callShape(
  'get',
  readItem,
  undefined,
  (command) => {
    command.wantCas = true;
    command.meta = itemFlags;
  },
);

/** `u`: the request does not count as an access. */
const ttlFlags: MetaFlags = { tokens: ['t', 'u'], noBump: true, onlyMeta: 'report the ttl of an item' };

const metaTtl: CallShape<undefined, number | undefined> = callShape('get', readTtl, undefined, (command) => {
  command.wantValue = false;
  command.meta = ttlFlags;
});

/** Buckets report the ttl in another way than the meta protocol. */
export const ttlOf = ({ fleet, hasReplicas }: ClientCore): CallShape<undefined, number | undefined> =>
  hasReplicas ? ttlBy(fleet.clock) : metaTtl;

/** Its command is completed by `putMeta` of `meta-request.ts`. */
export const meta: CallShape<undefined, MetaReply> = callShape('get', readMetaReply, noMetaReply);

/** The argument is the ttl. */
export const getAndTouch: CallShape<number, unknown> = callShape('get', readValue, undefined, (command, ttl, core) => {
  command.touch = true;
  command.exptime = exptimeOf(ttl, core.fleet.clock);
});

export const set: CallShape<unknown, boolean> = store('set');
export const add: CallShape<unknown, boolean> = store('add');
export const replace: CallShape<unknown, boolean> = store('replace');
export const append: CallShape<unknown, boolean> = join('append');
export const prepend: CallShape<unknown, boolean> = join('prepend');

export const cas: CallShape<WithCas<unknown>, CasResult> = callShape(
  'store',
  readCasResult,
  'notFound',
  (command, { value, cas: token }, core, options) => {
    command.cas = checkCas(token);
    putValue(command, value, options, core);
  },
  storeOptions,
);

const removeIfUnchanged: Prepare<undefined> = (command, _argument, core, options) => {
  const token = typeof options === 'object' ? options.cas : undefined;
  if (token !== undefined) command.cas = checkCas(token);
  putTerms(command, options, core);
};
const remove: CallShape<undefined, boolean> = callShape('delete', isOk, false, removeIfUnchanged, deleteOptions);
export { remove as delete };

/** The argument is the ttl. */
export const touch: CallShape<number, boolean> = callShape('touch', isOk, false, (command, ttl, core) => {
  command.exptime = exptimeOf(ttl, core.fleet.clock);
});

export const incr: CountShape = count(false, readNumber);
export const decr: CountShape = count(true, readNumber);
export const incrBigint: CountShape = count(false, readBigint);
export const decrBigint: CountShape = count(true, readBigint);

/** Adds a line of `stats` to the lines before it. */
function collectStat(reply: Reply, before: Record<string, string> = {}): Record<string, string> {
  if (reply.key !== '') before[reply.key] = reply.text();
  return before;
}

/** A call to every node: the verb, and `read`, which adds a reply to the result of its node so far. */
export interface FleetCall<T> {
  readonly verb: Verb;
  readonly read: (reply: Reply, before: T | undefined) => T;
}

export const flush: FleetCall<true> = { verb: 'flush', read: () => true };
export const version: FleetCall<string> = { verb: 'version', read: (reply) => reply.message };
export const serverStats: FleetCall<Record<string, string>> = { verb: 'stats', read: collectStat };
