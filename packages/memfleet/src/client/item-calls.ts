/**
 * The calls of `client.items`, as rows like those of calls.ts: an item is read with all that its node knows of it, a
 * store gives the new cas token, and an item can be marked stale (memcached `protocol.txt`, "Meta Commands").
 *
 *   read ─ `mg v f c t` [N lease] [C ifChanged] [T touch] ─▶ value, flags, cas, ttl, W, Z, X
 *   store ─ `ms c` [C cas] [M mode] ───────────────────────▶ stored with its cas, exists, notFound, notStored
 *   invalidate ─ `md I` [C cas] [T ttl] ───────────────────▶ stale, exists, notFound
 */
import type { StoreMode } from '../core/command.ts';
import type { MetaFlags } from '../core/meta-flags.ts';
import { isEmptyLease } from '../core/stub.ts';
import { checkCas, checkFlag, refuseArgument } from './arguments.ts';
import type { InvalidateOptions, ItemReadOptions, ItemStoreOptions } from './call-options.ts';
import { callShape, type CallShape, type Prepare, type Read } from './call-shape.ts';
import { putValue } from './item-value.ts';
import { invalidateOptions, itemReadOptions, itemStoreOptions } from './known-options.ts';
import { exptimeOf, ttlInSeconds } from './ttl.ts';

/** An item as its node has it, with what only locks and caches need. */
export interface ItemState<T> {
  /** Undefined: the reply has none, because it is an empty lease, was not asked for, or has not changed. */
  readonly value: T | undefined;
  /** The client flags: what a transcoder noted of the value's type; 32 bits. */
  readonly flags: number;
  /** The compare-and-swap token; it changes with every write. Comparable within one `epoch` only. */
  readonly cas: bigint;
  /** Seconds left to live; Infinity = no expiry. Undefined: the node speaks no meta protocol. */
  readonly ttl: number | undefined;
  /** The size of the value in bytes; 0 where the reply has none. */
  readonly size: number;
  /** The caller has the lease: it is the one to load the value and to store it with this `cas`. */
  readonly won: boolean;
  /** Another caller has the lease. */
  readonly held: boolean;
  /** The item was marked stale by `invalidate`. */
  readonly stale: boolean;
  /** The item still has the cas of `ifChanged`, so its value was not sent. */
  readonly notModified: boolean;
  /**
   * The epoch of the node at the time of the reply; it changes when the last connection is lost. 0: no node replied.
   */
  readonly epoch: number;
}

/** How a store ended. */
export interface StoreResult {
  /**
   * `exists`: the item has another cas. `notFound`: there is no item (of a store with `cas`). `notStored`: the mode
   * does not permit it, or the node was out and errors are misses.
   */
  readonly result: 'stored' | 'exists' | 'notFound' | 'notStored';
  /** The new cas token. Undefined: not stored, or the node speaks the classic text protocol. */
  readonly cas: bigint | undefined;
}

/** How `invalidate` ended. */
export type InvalidateResult = 'stale' | 'exists' | 'notFound';

const readFlags: MetaFlags = shared(['v', 'f', 'c', 't']);
const readFlagsWithoutValue: MetaFlags = shared(['f', 'c', 't', 's']);
/** Of reads with a lease and nothing else, by the lease: a cache sends the same with every read. */
const leaseFlags = new Map<number, MetaFlags>();

/** Flags of many requests. */
function shared(tokens: readonly string[], vivify?: number): MetaFlags {
  return { tokens, written: { tokens, text: ` ${tokens.join(' ')}` }, vivify };
}

/** N before t: memcached gives the ttl of the item as it was when it read `t`. */
function flagsOfLease(lease: unknown): MetaFlags {
  const known = leaseFlags.get(lease as number);
  if (known !== undefined) return known;
  const vivify = checkLease(lease);
  const flags = shared([`N${vivify}`, ...readFlags.tokens], vivify);
  leaseFlags.set(vivify, flags);
  return flags;
}

/** Whole seconds of a lease. A node counts in seconds, so that a lease of 1 may end at once. */
function checkLease(lease: unknown): number {
  if (typeof lease === 'number' && Number.isInteger(lease) && lease > 0 && lease <= 3600) return lease;
  return refuseArgument('lease', lease, 'whole seconds from 1 to 3600');
}

const prepareRead: Prepare<undefined> = (command, _argument, core, options) => {
  command.wantCas = true;
  command.meta = readFlags;
  if (typeof options !== 'object') return;
  const { ifChanged, lease, touch, withoutValue } = options as ItemReadOptions;
  if (withoutValue !== undefined && checkFlag('withoutValue', withoutValue)) {
    command.wantValue = false;
    command.meta = readFlagsWithoutValue;
  }
  if (ifChanged === undefined && touch === undefined) {
    if (lease === undefined) return;
    if (command.wantValue) {
      command.meta = flagsOfLease(lease);
      return;
    }
  }
  // N before t: memcached gives the ttl of the item as it was when it read `t`.
  const tokens: string[] = [];
  const flags: { tokens: string[]; vivify?: number; hasCas?: boolean; onlyMeta?: string } = { tokens };
  if (lease !== undefined) {
    flags.vivify = checkLease(lease);
    tokens.push(`N${lease}`);
  }
  if (ifChanged !== undefined) {
    tokens.push(`C${checkCas(ifChanged)}`);
    flags.hasCas = true;
    flags.onlyMeta = 'send a value only if it has changed';
  }
  if (touch !== undefined) {
    command.touch = true;
    command.exptime = exptimeOf(touch, core.fleet.clock);
    tokens.push(`T${command.exptime}`);
  }
  tokens.push(...command.meta.tokens);
  command.meta = flags;
};

const readItemState: Read<ItemState<unknown> | undefined> = (reply, transcoder, command) => {
  if (reply.status !== 'ok') return undefined;
  const { flags, cas, won, stale, recaching: held, epoch } = reply;
  // The classic protocols always send the value.
  const hasValue = reply.hasValue && command.wantValue && !isEmptyLease(reply);
  const value = hasValue ? transcoder.decode(reply) : undefined;
  const notModified = command.wantValue && !reply.hasValue;
  const size = reply.hasValue ? reply.length : (reply.size ?? 0);
  return { value, flags, cas, ttl: ttlInSeconds(reply), size, won, held, stale, notModified, epoch };
};

export const read: CallShape<undefined, ItemState<unknown> | undefined> = callShape(
  'get',
  readItemState,
  undefined,
  prepareRead,
  itemReadOptions,
);

const storeModes: Readonly<Record<string, StoreMode>> = { set: 'set', add: 'add', replace: 'replace' };

const notStored: StoreResult = { result: 'notStored', cas: undefined };

const readStored: Read<StoreResult> = (reply, _transcoder, command) => {
  if (reply.status === 'ok') return { result: 'stored', cas: reply.cas === 0n ? undefined : reply.cas };
  if (reply.status === 'exists') return { result: 'exists', cas: undefined };
  return command.cas === 0n ? notStored : { result: 'notFound', cas: undefined };
};

export const store: CallShape<unknown, StoreResult> = callShape(
  'store',
  readStored,
  notStored,
  (command, value, core, options) => {
    command.wantCas = true;
    const { cas, mode = 'set' } = (typeof options === 'object' ? options : {}) as ItemStoreOptions;
    if (typeof mode !== 'string' || !Object.hasOwn(storeModes, mode))
      refuseArgument('mode', mode, '"set", "add" or "replace"');
    command.mode = storeModes[mode] as StoreMode;
    if (cas !== undefined) command.cas = checkCas(cas);
    if (cas !== undefined && mode !== 'set') refuseArgument('mode', mode, '"set" in a store with a cas');
    putValue(command, value, options, core);
  },
  itemStoreOptions,
);

const readInvalidated: Read<InvalidateResult> = (reply) =>
  reply.status === 'ok' ? 'stale' : reply.status === 'exists' ? 'exists' : 'notFound';

export const invalidate: CallShape<undefined, InvalidateResult> = callShape(
  'delete',
  readInvalidated,
  'notFound',
  (command, _argument, core, options) => {
    const { cas, ttl } = (options ?? {}) as InvalidateOptions;
    const tokens = ['I'];
    if (cas !== undefined) {
      command.cas = checkCas(cas);
      tokens.push(`C${cas}`);
    }
    if (ttl !== undefined) {
      command.touch = true;
      command.exptime = exptimeOf(ttl, core.fleet.clock);
      tokens.push(`T${command.exptime}`);
    }
    command.meta = { tokens, invalidate: true };
  },
  invalidateOptions,
);
