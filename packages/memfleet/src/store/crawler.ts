/**
 * Removes expired items, a bounded step at a time:
 *
 *   step ── a second ──▶ step ── … ─ the last item ── a minute ──▶ step ── …
 *   step with many expired items ─ 10 ms ─▶ step          until there are few
 *   crawl() ─▶ step ─ 10 ms ─▶ step ─ … ─▶ one round      on request (`lru_crawler crawl`)
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { ItemStore } from './item-store.ts';

/** The pause between two rounds in ms, the least of memcached. Until then items expire when they are used. */
const pause = 60_000;
/** The interval in ms, and the checks per step: 1 or 2 ms of work, whatever part of the items has expired. */
const period = 1000;
const hurriedPeriod = 10;
const stepSize = 20_000;
/** So many expired items in a step are many: about a tenth of it. */
const many = 250;

/** Removes expired items, a bounded step at a time. */
export class Crawler {
  readonly #store: ItemStore;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #isStarted = false;
  /** The number of items that a requested crawl still has to check. */
  #left = 0;
  #isEnabled = true;
  #hasBegun = false;
  /** Whether the last step removed many items. */
  #isHurried = false;

  constructor(store: ItemStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Whether a requested crawl is in progress. */
  get isRunning(): boolean {
    return this.#left > 0;
  }

  get isEnabled(): boolean {
    return this.#isEnabled;
  }

  /** Begins; idempotent. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#stepLater();
  }

  stop(): void {
    this.#isStarted = false;
    this.#timer?.clear();
  }

  enable(): void {
    this.#isEnabled = true;
  }

  disable(): void {
    this.#isEnabled = false;
    this.#left = 0;
  }

  /** Begins to check all items. */
  crawl(): void {
    this.#left = this.#store.count;
    if (this.#left > 0 && this.#isStarted) this.#stepLater();
  }

  #stepLater(): void {
    this.#timer?.clear();
    this.#timer = this.#clock.setTimer(this.#wait, () => this.#step(), false);
  }

  get #wait(): number {
    if (this.isRunning || this.#isHurried) return hurriedPeriod;
    return this.#hasBegun && this.#store.isSwept ? pause : period;
  }

  #step(): void {
    this.#hasBegun = true;
    this.#isHurried = false;
    if (this.#isEnabled) {
      const { counters } = this.#store;
      const before = counters.crawler_items_checked;
      this.#isHurried = this.#store.sweep(stepSize) >= many;
      const checked = counters.crawler_items_checked - before;
      this.#left = checked === 0 ? 0 : Math.max(0, this.#left - checked);
    }
    if (this.#isStarted) this.#stepLater();
  }
}
