/**
 * The keys that clients use most, of the last 10 to 20 seconds.
 *
 *   completed command ─ one in `interval`, at random ─▶ window of 10 s ─ is over ─▶ window before
 *                                                            └────── snapshot ◀──────────┘
 *
 * The interval follows the rate, so that the samples of a second, and with them the cost, are bounded: a slow proxy
 * counts every command. Memory is bounded by the capacity of the two windows.
 */
import type { OwnedKey } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import type { Command } from '../../core/command.ts';
import type { HotKeyStats } from '../stats.ts';
import { HeavyHitters } from './heavy-hitters.ts';

/** The length of a window, in ms. */
const windowTime = 10_000;

/** Samples that a window wants; at so many more, the interval grows within the window. */
const samplesPerWindow = 5000;

/** What the interval is multiplied by when a window has its samples before its time is over. */
const growth = 4;

/** Keys that are kept for each that is shown: the rank of a key depends on the keys behind it. */
const keptPerShown = 8;

/** Keys with a smaller share of all commands are not hot. */
const leastShare = 0.001;

/** The samples of a while. */
class Window {
  readonly keys: HeavyHitters;
  readonly startedAt: number;
  /** The estimated number of commands. */
  commands = 0;
  samples = 0;

  constructor(capacity: number, startedAt: number) {
    this.keys = new HeavyHitters(capacity);
    this.startedAt = startedAt;
  }
}

/** Finds the keys that are used most. */
export class HotKeys {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** The number of keys to show; 0 = off. */
  #limit = 0;
  /** Commands for one sample, on average. */
  #interval = 1;
  /** The next sample is so many keys away. */
  #next = 1;
  #current: Window;
  #before: Window | undefined;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
    this.#current = new Window(1, 0);
  }

  /** Whether commands are to be added. */
  get isOn(): boolean {
    return this.#limit > 0;
  }

  /** Sets how many keys are shown; 0 = none, and nothing is kept. A change begins anew. */
  configure(limit: number): void {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.reset();
  }

  /** Adds a completed command; each key of a get of many keys counts. */
  add(command: Command): void {
    const { keys } = command;
    if (keys === undefined) {
      if (command.key !== '' && --this.#next === 0) this.#next = this.#sample(command.key);
      return;
    }
    let at = this.#next - 1;
    while (at < keys.length) at += this.#sample(keys[at] as string);
    this.#next = at - keys.length + 1;
  }

  /** Begins anew. */
  reset(): void {
    this.#interval = 1;
    this.#next = 1;
    this.#current = this.#open(this.#clock.now());
    this.#before = undefined;
  }

  /** The keys that are hot now, the hottest first; undefined when it is off. */
  snapshot(): HotKeyStats | undefined {
    if (!this.isOn) return undefined;
    const now = this.#clock.now();
    this.#roll(now);
    const windows = this.#before === undefined ? [this.#current] : [this.#before, this.#current];
    const counts = new Map<OwnedKey, number>();
    for (const { keys } of windows)
      for (const [key, count] of keys.counts()) counts.set(key, (counts.get(key) ?? 0) + count);
    const commands = windows.reduce((sum, window) => sum + window.commands, 0);
    const keys = [...counts]
      .filter(([, count]) => count >= commands * leastShare)
      .sort(([, a], [, b]) => b - a)
      .slice(0, this.#limit)
      .map(([key, count]) => ({ key, count }));
    return { duration: now - (windows[0] as Window).startedAt, commands, keys };
  }

  /** Gives the distance of the next sample. */
  #sample(key: string): number {
    this.#roll(this.#clock.now());
    const window = this.#current;
    window.keys.add(key, this.#interval);
    window.commands += this.#interval;
    if (++window.samples % samplesPerWindow === 0) this.#interval *= growth;
    return this.#interval === 1 ? 1 : 1 + Math.floor(this.#random() * (2 * this.#interval - 1));
  }

  /** Ends windows whose time is over. */
  #roll(now: number): void {
    const { startedAt, commands } = this.#current;
    const late = now - startedAt - windowTime;
    if (late < 0) return;
    this.#before = late < windowTime ? this.#current : undefined;
    this.#current = this.#open(late < windowTime ? startedAt + windowTime : now);
    this.#interval = Math.max(1, Math.round(commands / samplesPerWindow));
  }

  #open(now: number): Window {
    return new Window(Math.max(1, this.#limit * keptPerShown), now);
  }
}
