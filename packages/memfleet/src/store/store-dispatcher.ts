/**
 * The store as a Dispatcher: executes neutral commands and answers before `dispatch` returns, all of them in ONE reused Reply.
 */
import type { Command, Verb } from '../command.ts';
import type { Dispatcher, Handler } from '../dispatcher.ts';
import { ClosedError } from '../errors.ts';
import { Reply } from '../reply.ts';
import type { Engine, Execute, MoreStats } from './engine.ts';
import {
  executeFlush,
  executeInvalid,
  executeNothing,
  executePacket,
  executeStats,
  executeVersion,
} from './execute-admin.ts';
import { executeArith } from './execute-arith.ts';
import { executeDebug, executeGet, executeTouch } from './execute-get.ts';
import { executeDelete, executeStore } from './execute-store.ts';
import { ItemStore } from './item-store.ts';

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
  verbosity: executeNothing,
  stats: executeStats,
  quit: executeNothing,
  auth: executeNothing,
  packet: executePacket,
  invalid: executeInvalid,
};

/** What a StoreDispatcher can be told. */
export interface StoreDispatcherOptions {
  /** @default a store with default bounds */
  readonly store?: ItemStore;
  /** What `version` says. @default `memfleet` */
  readonly version?: string;
  /** @default none */
  readonly moreStats?: MoreStats;
}

/** See the head of this file. */
export class StoreDispatcher implements Dispatcher {
  /** The items, for who wants to look without commands. */
  readonly store: ItemStore;
  readonly #engine: Engine;
  #isClosed = false;

  constructor(options: StoreDispatcherOptions = {}) {
    this.store = options.store ?? new ItemStore();
    this.#engine = {
      store: this.store,
      reply: new Reply(),
      version: options.version ?? 'memfleet',
      moreStats: options.moreStats ?? (() => undefined),
    };
  }

  dispatch(command: Command, handler: Handler): void {
    if (this.#isClosed) handler.onError(new ClosedError('the store is closed'));
    else executors[command.verb](this.#engine, command, handler);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  destroy(): void {
    this.#isClosed = true;
  }
}
