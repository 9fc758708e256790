/**
 * get, gets, gat, gats, mg, GET, GETK, GAT; touch; me. The flags of `mg` follow memcached's `process_mget_cmd`: the
 * flags that act (`T`, `N`, `R`) act before Z, X and W are determined, and `h` and `l` report the state before this
 * command. `C` (1.6.40) withholds the value, and nothing else.
 */
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MetaFlags } from '../core/meta-flags.ts';
import type { Reply } from '../core/reply.ts';
import type { Engine, Execute } from './engine.ts';
import type { ItemStore } from './item-store.ts';
import type { Item } from './item.ts';
import { applyLifetime } from './meta-flags.ts';
import { classOf } from './slab-classes.ts';

/** Executes the get commands of all protocols, and gat. */
export const executeGet: Execute = (engine, command, handler) => {
  const { keys, meta } = command;
  if (keys !== undefined) {
    const isSpelled = command.dialect === 'text' && !command.wantCas && handler.onItems !== undefined;
    if (isSpelled) getSpelled(engine, command, keys, handler);
    else getMany(engine, command, keys, handler);
  } else if (meta !== undefined) metaGet(engine, command, meta, handler);
  else {
    const { store, reply } = engine;
    const now = store.tick();
    const item = lookUp(engine, command, command.key, now);
    if (item === undefined) reply.reset('miss');
    else fillItemReply(reply.reset('ok'), item, command.key, command);
    handler.onReply(reply);
  }
};

function getMany(engine: Engine, command: Command, keys: readonly string[], handler: Handler): void {
  const { store, reply } = engine;
  const now = store.tick();
  for (const key of keys) {
    const item = lookUp(engine, command, key, now);
    if (item === undefined) continue;
    fillItemReply(reply.reset('ok', 'item'), item, key, command);
    handler.onReply(reply);
  }
  handler.onReply(reply.reset('ok', 'end'));
}

/** The same for a handler that takes items in the form of a text reply. */
function getSpelled(engine: Engine, command: Command, keys: readonly string[], handler: Handler): void {
  const { store, reply, spelled } = engine;
  const now = store.tick();
  spelled.begin();
  for (const key of keys) {
    const item = lookUp(engine, command, key, now);
    if (item === undefined || spelled.add(item)) continue;
    spelled.giveTo(handler);
    if (spelled.add(item)) continue;
    fillItemReply(reply.reset('ok', 'item'), item, key, command);
    handler.onReply(reply);
  }
  spelled.giveTo(handler);
  handler.onReply(reply.reset('ok', 'end'));
}

/** Finds the item, touches it on request, and counts. */
function lookUp(engine: Engine, command: Command, key: string, now: number): Item | undefined {
  const { store } = engine;
  const item = store.find(key, now);
  countGet(store, item, command.touch);
  if (item === undefined) return undefined;
  if (command.touch) item.exptime = store.expiresAt(command.exptime, now);
  item.use(now);
  return item;
}

/** memcached counts a get that touches as a touch, and not as a get. */
function countGet({ counters, classes }: ItemStore, item: Item | undefined, isTouch: boolean): void {
  if (isTouch) {
    counters.cmd_touch++;
    if (item === undefined) counters.touch_misses++;
    else {
      counters.touch_hits++;
      classes.of(item.size).touch_hits++;
    }
    return;
  }
  counters.cmd_get++;
  if (item === undefined) counters.get_misses++;
  else {
    counters.get_hits++;
    classes.of(item.size).get_hits++;
  }
}

function fillItemReply(reply: Reply, item: Item, key: string, command: Command, wantValue = command.wantValue): void {
  reply.key = key;
  reply.flags = item.flags;
  if (command.wantCas || command.dialect === 'binary') reply.cas = item.cas;
  if (wantValue) item.giveValue(reply);
}

function metaGet(engine: Engine, command: Command, meta: MetaFlags, handler: Handler): void {
  const { store, reply } = engine;
  const now = store.tick();
  let item = store.find(command.key, now);
  let isMade = false;
  if (item === undefined) {
    if (meta.vivify === undefined) {
      countGet(store, undefined, command.touch);
      handler.onReply(reply.reset('miss'));
      return;
    }
    item = store.put(undefined, command.key, '', 0, 0, now);
    item.isBase64 = meta.base64 === true;
    if (meta.newCas !== undefined) store.recas(item, meta.newCas);
    isMade = true;
  }
  // An item that was created counts as a hit.
  countGet(store, item, command.touch);
  fillMetaReply(store, reply.reset('ok'), item, command, meta, now, isMade);
  if (meta.noBump !== true) {
    item.use(now);
  }
  handler.onReply(reply);
}

function fillMetaReply(
  store: ItemStore,
  reply: Reply,
  item: Item,
  command: Command,
  meta: MetaFlags,
  now: number,
  isMade: boolean,
): void {
  reply.won = isMade;
  reply.hit = item.isFetched;
  reply.lastAccess = now - item.accessed;
  applyLifetime(store, reply, item, command, meta, now, isMade);
  reply.recaching = item.isTokenSent;
  reply.stale = item.isStale;
  if (item.isStale && !item.isTokenSent) reply.won = true;
  if (reply.won) item.isTokenSent = true;
  reply.size = item.length;
  reply.encodedKey = item.isBase64;
  const isKnown = meta.hasCas === true && item.cas === command.cas;
  fillItemReply(reply, item, command.key, command, command.wantValue && !isKnown);
}

/** Executes touch and TOUCH. The reply carries the client flags, which the binary protocol returns. */
export const executeTouch: Execute = (engine, command, handler) => {
  const { store, reply } = engine;
  const now = store.tick();
  const item = store.find(command.key, now);
  store.counters.cmd_touch++;
  if (item === undefined) {
    store.counters.touch_misses++;
    handler.onReply(reply.reset('miss'));
    return;
  }
  store.counters.touch_hits++;
  store.classes.of(item.size).touch_hits++;
  item.exptime = store.expiresAt(command.exptime, now);
  item.use(now);
  reply.reset('ok').flags = item.flags;
  if (command.dialect === 'binary') reply.cas = item.cas;
  handler.onReply(reply);
};

/** Executes `me`. */
export const executeDebug: Execute = (engine, command, handler) => {
  const { store, reply } = engine;
  const now = store.tick();
  const item = store.find(command.key, now);
  store.counters.cmd_meta++;
  if (item === undefined) {
    handler.onReply(reply.reset('miss'));
    return;
  }
  reply.reset('ok').key = command.key;
  reply.encodedKey = item.isBase64;
  const fetched = item.isFetched ? 'yes' : 'no';
  reply.message = `exp=${item.ttl(now)} la=${now - item.accessed} cas=${item.cas} fetch=${fetched} cls=${classOf(item.size)} size=${item.size}`;
  handler.onReply(reply);
};
