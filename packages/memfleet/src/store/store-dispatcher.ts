/**
 * The store as a Dispatcher: executes neutral commands and replies before `dispatch` returns, always with ONE reused
 * Reply.
 */
import type { Command, Verb } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { ClosedError } from '../core/errors.ts';
import { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { executeAdminVerb } from './admin-verbs.ts';
import { Crawler } from './crawler.ts';
import type { Engine, Execute, MoreStats, Shutdown } from './engine.ts';
import {
  executeFlush,
  executeInvalid,
  executeNothing,
  executePacket,
  executeVerbosity,
  executeVersion,
} from './execute-admin.ts';
import { executeArith } from './execute-arith.ts';
import { executeDebug, executeGet, executeTouch } from './execute-get.ts';
import { executeStats } from './execute-stats.ts';
import { executeDelete, executeStore } from './execute-store.ts';
import { ItemStore } from './item-store.ts';
import { itemSize } from './item.ts';
import { OutOfMemoryError } from './memory.ts';
import type { MovableClock } from './movable-clock.ts';
import { PrefixStats } from './prefix-stats.ts';
import { SpelledItems } from './spelled-items.ts';
import type { StartSettings } from './start-settings.ts';
import { Tuning } from './tuning.ts';
import { Watchers } from './watchers.ts';

const executors: Readonly<Record<Verb, Execute>> = {
  get: executeGet,
  store: executeStore,
  delete: executeDelete,
  arith: executeArith,
  touch: executeTouch,
  debug: executeDebug,
  noop: executeNothing,
  flush: executeFlush,
  version: executeVersion,
  verbosity: executeVerbosity,
  stats: executeStats,
  admin: executeAdminVerb,
  quit: executeNothing,
  auth: executeNothing,
  packet: executePacket,
  invalid: executeInvalid,
};

/** The options of a StoreDispatcher. */
export interface StoreDispatcherOptions {
  /** @default a store with default bounds */
  readonly store?: ItemStore;
  /** The reply to `version`. @default `memfleet` */
  readonly version?: string;
  /** @default none */
  readonly moreStats?: MoreStats;
  /** @default memcached's defaults */
  readonly settings?: StartSettings;
  /** The clock of the store, where `debugtime` may move it. @default `debugtime` is refused */
  readonly movableClock?: MovableClock | undefined;
  /** Executes `shutdown`. @default it is refused */
  readonly shutdown?: Shutdown | undefined;
}

/** Executes commands on the store; replies before `dispatch` returns. */
export class StoreDispatcher implements Dispatcher {
  /** The items, for access without commands. */
  readonly store: ItemStore;
  /** Removes expired items once it is started. */
  readonly crawler: Crawler;
  /** The clients of `watch`. */
  readonly watchers: Watchers;
  readonly #engine: Engine;
  #isClosed = false;

  constructor(options: StoreDispatcherOptions = {}) {
    this.store = options.store ?? new ItemStore();
    this.watchers = new Watchers(this.store);
    this.crawler = new Crawler(this.store, this.store.options.clock);
    const settings = options.settings ?? {};
    this.#engine = {
      store: this.store,
      reply: new Reply(),
      spelled: new SpelledItems(),
      version: options.version ?? 'memfleet',
      moreStats: options.moreStats ?? (() => undefined),
      crawler: this.crawler,
      tuning: new Tuning(),
      prefixes: new PrefixStats(settings.stat_key_prefix),
      settings,
      movableClock: options.movableClock,
      watchers: this.watchers,
      shutdown: options.shutdown,
    };
    const { tuning } = this.#engine;
    tuning.verbosity = settings.verbosity ?? tuning.verbosity;
    tuning.detail = settings.detail_enabled === 'yes';
    if (settings.lru_crawler === 'no') this.crawler.disable();
    if (settings.track_sizes === 'yes') this.store.countSizes();
  }

  dispatch(command: Command, handler: Handler): void {
    if (this.#isClosed) handler.onError(new ClosedError('the store is closed'));
    else if (this.#engine.tuning.detail || this.#engine.watchers.areThere) this.#dispatchWatched(command, handler);
    else this.#execute(command, handler);
  }

  #execute(command: Command, handler: Handler): void {
    try {
      executors[command.verb](this.#engine, command, handler);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      const { store, reply } = this.#engine;
      store.counters.store_no_memory++;
      store.classes.of(itemSize(command.key.length, command.value.length, command.flags)).outofmemory++;
      handler.onReply(reply.setError('server', 'out of memory storing object', status.outOfMemory));
    }
  }

  /** Whether `stats detail` is on, or there are watchers. */
  #dispatchWatched(command: Command, handler: Handler): void {
    const { tuning, prefixes, watchers } = this.#engine;
    const watched = watchers.areThere ? watchers.watch(command, handler) : handler;
    this.#execute(command, tuning.detail ? prefixes.watch(command, watched) : watched);
  }

  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  destroy(): void {
    this.#end();
  }

  #end(): void {
    this.#isClosed = true;
    this.crawler.stop();
  }
}
