/** incr, decr, ma, INCREMENT, DECREMENT (memcached 1.6.18 `do_add_delta`, `process_marithmetic_command`). */
import { noCreateExptime, type Command } from '../core/command.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { counted, storedCounter } from './arithmetic.ts';
import type { Engine, Execute } from './engine.ts';
import type { Item } from './item.ts';
import { applyLifetime } from './meta-flags.ts';

/** memcached's text for a value that is not a number; binary status 6. */
const nonNumeric = 'cannot increment or decrement non-numeric value';

/** Executes incr, decr, ma, INCREMENT and DECREMENT. */
export const executeArith: Execute = (engine, command, handler) => {
  const { store } = engine;
  const now = store.tick();
  const item = store.find(command.key, now);
  handler.onReply(item === undefined ? create(engine, command, now) : count(engine, command, item, now));
};

function count(engine: Engine, command: Command, item: Item, now: number): Reply {
  const { store, reply } = engine;
  const { counters } = store;
  // The order is memcached's: an empty value is reported before a cas mismatch, any other non-number after it.
  if (item.length === 0) return reply.setError('client', nonNumeric, status.nonNumeric);
  if (command.cas !== 0n && command.cas !== item.cas) return reply.reset('exists');
  const value = item.text;
  const number = counted(value, command.delta, command.decrement);
  if (number === undefined) return reply.setError('client', nonNumeric, status.nonNumeric);
  const classCounters = store.classes.of(item.size);
  if (command.decrement) {
    counters.decr_hits++;
    classCounters.decr_hits++;
  } else {
    counters.incr_hits++;
    classCounters.incr_hits++;
  }
  // memcached stores a number that became longer as a new item, which was not fetched yet, is not stale, and has no
  // base64 mark.
  if (number.length > value.length) store.put(item, command.key, number, item.flags, item.exptime, now);
  else store.change(item, storedCounter(number, value.length), item.flags, now);
  if (command.meta?.newCas !== undefined) store.recas(item, command.meta.newCas);
  return counterReply(engine, command, item, number, now, false);
}

function create(engine: Engine, command: Command, now: number): Reply {
  const { store, reply } = engine;
  const { initial, meta } = command;
  if (initial === undefined || (meta === undefined && command.exptime === noCreateExptime)) {
    if (command.decrement) store.counters.decr_misses++;
    else store.counters.incr_misses++;
    return reply.reset('miss');
  }
  const number = String(initial);
  const lifetime = meta === undefined ? store.expiresAt(command.exptime, now) : 0;
  const item = store.put(undefined, command.key, number, 0, lifetime, now);
  if (meta !== undefined) {
    item.isBase64 = meta.base64 === true;
    if (meta.newCas !== undefined) store.recas(item, meta.newCas);
  }
  return counterReply(engine, command, item, number, now, true);
}

function counterReply(
  engine: Engine,
  command: Command,
  item: Item,
  number: string,
  now: number,
  isMade: boolean,
): Reply {
  const reply = engine.reply.reset('ok');
  if (command.wantValue) reply.setText(number);
  if (command.wantCas || command.dialect === 'binary') reply.cas = item.cas;
  if (command.meta !== undefined) applyLifetime(engine.store, reply, item, command, command.meta, now, isMade);
  return reply;
}
