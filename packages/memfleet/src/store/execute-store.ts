/**
 * set, add, replace, append, prepend, cas, ms, delete, md (memcached 1.6.18 `do_store_item`, `process_mset_command`,
 * `process_mdelete_command`).
 */
import type { Command, StoreMode } from '../core/command.ts';
import type { Reply, ReplyStatus } from '../core/reply.ts';
import { status } from '../core/status.ts';
import type { Engine, Execute } from './engine.ts';
import type { ItemStore } from './item-store.ts';
import { type Item, itemSize } from './item.ts';
import { OutOfMemoryError } from './memory.ts';

/**
 * The result of comparing the cas of a command with an item's. `stale`: the command's is older, and `I` allows that.
 */
type Comparison = 'equal' | 'differs' | 'stale';

function compare(item: Item, command: Command): Comparison {
  const { cas } = item;
  if (command.cas === cas) return 'equal';
  return command.meta?.invalidate === true && command.cas < cas ? 'stale' : 'differs';
}

/**
 * A set that is too large must delete the old value, which the client believes to be replaced. memcached does so for
 * every ms, and for SET with any cas.
 */
function drops({ dialect, meta, mode, cas }: Command): boolean {
  return meta !== undefined || (mode === 'set' && (dialect === 'binary' || cas === 0n));
}

/** Executes the commands that store a value. */
export const executeStore: Execute = (engine, command, handler) => {
  const { store, reply } = engine;
  const { counters } = store;
  const now = store.tick();
  counters.cmd_set++;
  store.classes.of(itemSize(command.key.length, command.value.length, command.flags)).cmd_set++;
  const gone = counters.get_expired + counters.get_flushed;
  const present = store.find(command.key, now);
  if (!store.fits(command.key, command.value.length, command.flags)) {
    counters.store_too_large++;
    if (present !== undefined && drops(command)) store.remove(present);
    handler.onReply(reply.setError('server', 'object too large for cache', status.tooLarge));
    return;
  }
  const outcome = modes[command.mode](engine, command, present, now);
  // Stored in the place of an item that had expired or was flushed.
  if (counters.get_expired + counters.get_flushed !== gone && outcome.status === 'ok') {
    counters.reclaimed++;
    store.classes.of(itemSize(command.key.length, command.value.length, command.flags)).reclaimed++;
  }
  handler.onReply(outcome);
};

type StoreInMode = (engine: Engine, command: Command, present: Item | undefined, now: number) => Reply;

const modes: Readonly<Record<StoreMode, StoreInMode>> = {
  set: (engine, command, present, now) =>
    command.cas === 0n ? write(engine, command, present, now) : compareAndSwap(engine, command, present, now),
  // A cas makes an add a compare-and-swap in the binary protocol; the meta protocol ignores it.
  add: (engine, command, present, now) => {
    if (command.cas !== 0n && command.dialect === 'binary') return compareAndSwap(engine, command, present, now);
    if (present === undefined) return write(engine, command, present, now);
    engine.store.bump(present, now);
    return engine.reply.reset('notStored');
  },
  replace: (engine, command, present, now) => {
    if (command.cas !== 0n) return compareAndSwap(engine, command, present, now);
    return present === undefined ? engine.reply.reset('notStored') : write(engine, command, present, now);
  },
  append: join,
  prepend: join,
};

function write(engine: Engine, command: Command, present: Item | undefined, now: number): Reply {
  const exptime = engine.store.expiresAt(command.exptime, now);
  const item = engine.store.put(present, command.key, command.value, command.flags, exptime, now);
  return stored(engine, command, item);
}

function stored(engine: Engine, command: Command, item: Item): Reply {
  const { meta } = command;
  if (meta !== undefined) {
    item.isBase64 = meta.base64 === true;
    if (meta.newCas !== undefined) engine.store.recas(item, meta.newCas);
  }
  const reply = engine.reply.reset('ok');
  if (command.wantCas || command.dialect === 'binary') reply.cas = item.cas;
  reply.size = item.length;
  return reply;
}

/** For commands whose cas is not 0. */
function compareAndSwap(engine: Engine, command: Command, present: Item | undefined, now: number): Reply {
  const { counters } = engine.store;
  if (present === undefined) {
    counters.cas_misses++;
    return engine.reply.reset('miss');
  }
  const comparison = compare(present, command);
  if (comparison === 'differs') {
    counters.cas_badval++;
    engine.store.classes.of(present.size).cas_badval++;
    return engine.reply.reset('exists');
  }
  counters.cas_hits++;
  engine.store.classes.of(present.size).cas_hits++;
  if (comparison === 'equal') return write(engine, command, present, now);
  // A stale value is stored because there is no better one: it keeps the ttl and the mark, and the client that won the
  // refresh keeps it.
  const { exptime, isTokenSent } = present;
  const reply = write(engine, command, present, now);
  present.exptime = exptime;
  present.isStale = true;
  present.isTokenSent = isTokenSent;
  return reply;
}

/**
 * append and prepend: flags and exptime of the command are ignored; a result that is too large is not stored and the
 * old value stays.
 */
function join(engine: Engine, command: Command, present: Item | undefined, now: number): Reply {
  const { store, reply } = engine;
  if (present === undefined) {
    const vivify = command.meta?.vivify;
    if (vivify === undefined) return reply.reset('notStored');
    const item = store.put(undefined, command.key, command.value, command.flags, store.expiresAt(vivify, now), now);
    return stored(engine, command, item);
  }
  if (command.cas !== 0n && compare(present, command) !== 'equal') return reply.reset('exists');
  const { flags, exptime } = present;
  const { key } = command;
  if (!store.fits(key, present.length + command.value.length, flags)) return reply.reset('notStored');
  const value =
    command.mode === 'append'
      ? joined(store, present.value, command.value)
      : joined(store, command.value, present.value);
  const item = store.put(present, key, value, flags, exptime, now);
  const outcome = stored(engine, command, item);
  // memcached joins in a new item, which has no mark.
  item.isBase64 = false;
  return outcome;
}

/** Executes delete, md and DELETE. */
export const executeDelete: Execute = (engine, command, handler) => {
  const { store } = engine;
  const now = store.tick();
  const item = store.find(command.key, now);
  if (item !== undefined && (command.cas === 0n || command.cas === item.cas)) {
    store.counters.delete_hits++;
    store.classes.of(item.size).delete_hits++;
    if (command.meta?.invalidate === true || command.meta?.clearValue === true) mark(engine, command, item, now);
    else store.remove(item);
    handler.onReply(engine.reply.reset('ok'));
    return;
  }
  store.counters.delete_misses++;
  const missed: ReplyStatus = item === undefined ? 'miss' : 'exists';
  handler.onReply(engine.reply.reset(missed));
};

/** md with `I`: stale from now on, the next reader wins the refresh. With `x`: emptied. The item stays. */
function mark(engine: Engine, command: Command, item: Item, now: number): void {
  const { store } = engine;
  const { meta } = command;
  if (meta?.clearValue === true) store.change(item, '', 0, now);
  if (meta?.invalidate === true) {
    if (command.touch) item.exptime = store.expiresAt(command.exptime, now);
    item.isStale = true;
    item.isTokenSent = false;
  }
  store.recas(item, meta?.newCas);
}

function joined(store: ItemStore, first: string | Uint8Array, second: string | Uint8Array): Uint8Array {
  const length = first.length + second.length;
  const value = store.allocate(length);
  if (value === undefined) throw new OutOfMemoryError(`no memory for a value of ${length} bytes`);
  let at = 0;
  for (const part of [first, second]) {
    if (typeof part === 'string') value.write(part, at, 'latin1');
    else value.set(part, at);
    at += part.length;
  }
  return value;
}
