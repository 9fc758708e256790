/**
 * One run of a loader: its context, its time limit and its result.
 *
 *   runLoad ─▶ loader(context) ─ value, undefined ─▶ Loaded
 *               │                 └ throws, or hardTimeout is over (the signal fires) ─▶ failed
 *               └ context: setTtl, addTags, skip
 *
 * A loader that ignores its signal goes on, but nobody waits for it, and nothing of it is stored.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../base/clock.ts';
import { TimeoutError } from '../core/errors.ts';
import type { Closing } from './closing.ts';

/** The argument of a loader. */
export interface LoadContext {
  /** The key as the caller gave it. */
  readonly key: string;
  /** Fires when `hardTimeout` is over, and when the cache is closed. */
  readonly signal: AbortSignal;
  /** The old value, if there is one. */
  readonly stale: unknown;
  /** Another ttl for this value, in seconds; null = for ever, 0 = it is not stored. */
  readonly setTtl: (seconds: number | null) => void;
  /**
   * More tags for this value, at any time of the load. If one of them was invalidated since the load began, or that
   * cannot be told, the value is returned but not stored.
   */
  readonly addTags: (...tags: string[]) => void;
  /** The value is returned but not stored. */
  readonly skip: () => void;
}

/** Gives the value of a key; undefined = there is none. */
export type Loader<V> = (context: LoadContext) => V | undefined | Promise<V | undefined>;

/** How a load ended. */
export interface Loaded {
  readonly isFailed: boolean;
  /** Undefined: there is nothing, or it failed. */
  readonly value: unknown;
  readonly error: unknown;
  readonly isTimeout: boolean;
  /** The duration in ms. */
  readonly time: number;
  /** Of `setTtl`; undefined = as the options say. */
  readonly ttl: number | null | undefined;
  readonly isSkipped: boolean;
}

/** What a load needs beside its loader. */
export interface LoadSettings {
  readonly clock: Clock;
  readonly key: string;
  /** The number of other keys that the loader loads. */
  readonly others: number;
  readonly stale: unknown;
  /** Milliseconds; Infinity = none. */
  readonly hardTimeout: number;
  readonly closing: Closing;
  /** Throws for an invalid ttl. */
  readonly checkTtl: (seconds: number | null) => void;
  /** Throws for an invalid tag. */
  readonly addTags: (tags: readonly string[]) => void;
}

/** The loads in which the current code runs, innermost first. */
interface Frame {
  /** Of one key in one process. */
  readonly load: object;
  readonly outer: Frame | undefined;
}

/**
 * Node before 24 slows down every promise of the process while a storage is in use, so it is in use only while loaders
 * run.
 */
const frames = new AsyncLocalStorage<Frame>();
let running = 0;

function leave(): void {
  running--;
  if (running === 0) frames.disable();
}

/** Whether the current code is part of this load. */
export function isWithin(load: object): boolean {
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) if (frame.load === load) return true;
  return false;
}

/** Runs a loader. `load` stands for the run, for `isWithin`. Never rejects. */
export function runLoad(loader: Loader<unknown>, load: object, settings: LoadSettings): Promise<Loaded> {
  return new LoadRun(settings).run(loader, load);
}

class LoadRun implements LoadContext {
  readonly key: string;
  readonly stale: unknown;
  readonly #settings: LoadSettings;
  readonly #aborter = new AbortController();
  readonly #startedAt: number;
  #ttl: number | null | undefined;
  #isSkipped = false;

  constructor(settings: LoadSettings) {
    this.#settings = settings;
    this.key = settings.key;
    this.stale = settings.stale;
    this.#startedAt = settings.clock.now();
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  // Loaders take the context apart: `({ key, setTtl }) => …`.
  readonly setTtl = (seconds: number | null): void => {
    this.#settings.checkTtl(seconds);
    this.#ttl = seconds;
  };

  readonly addTags = (...tags: string[]): void => this.#settings.addTags(tags);

  readonly skip = (): void => {
    this.#isSkipped = true;
  };

  run(loader: Loader<unknown>, load: object): Promise<Loaded> {
    const { clock, hardTimeout, closing, key, others } = this.#settings;
    return new Promise((resolve) => {
      let isOver = false;
      const end = (value: unknown, error: unknown, isFailed: boolean, isTimeout = false): void => {
        if (isOver) return;
        isOver = true;
        leave();
        timer?.clear();
        closing.remove(onClose);
        resolve(this.#loaded(value, error, isFailed, isTimeout));
      };
      const giveUp = (error: unknown, isTimeout: boolean): void => {
        this.#aborter.abort(error);
        end(undefined, error, true, isTimeout);
      };
      const onClose = (reason: Error): void => giveUp(reason, false);
      const onTimeout = (): void =>
        giveUp(new TimeoutError(`${nameOf(key, others)} not loaded in ${hardTimeout} ms`, 'total'), true);
      if (closing.reason !== undefined) {
        resolve(this.#loaded(undefined, closing.reason, true, false));
        return;
      }
      // The loader keeps the process running; its time limit does not.
      const timer = hardTimeout === Infinity ? undefined : clock.setTimer(hardTimeout, onTimeout, false);
      closing.add(onClose);
      running++;
      frames.run({ load, outer: frames.getStore() }, () => {
        // A synchronous throw is a rejection too.
        new Promise((resolveValue) => resolveValue(loader(this))).then(
          (value) => end(value, undefined, false),
          (error: unknown) => end(undefined, error, true),
        );
      });
    });
  }

  #loaded(value: unknown, error: unknown, isFailed: boolean, isTimeout: boolean): Loaded {
    const time = this.#settings.clock.now() - this.#startedAt;
    return { isFailed, value, error, isTimeout, time, ttl: this.#ttl, isSkipped: this.#isSkipped };
  }
}

function nameOf(key: string, others: number): string {
  return others === 0 ? `${JSON.stringify(key)} was` : `${JSON.stringify(key)} and ${others} more keys were`;
}
