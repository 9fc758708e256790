/**
 * What a counter may say. Every `incr` brings an initial value of its own, so that a counter tells which call made it
 * and how often it was counted since:
 *
 *   value = version of the call that made it × 2^28 + increments since
 *
 * A counter that was lost with its node is made anew by some later call, and its old self must not come back: that is
 * the Ledger's rule, with the makers as versions. Within one life of a counter no two calls get the same value, and a
 * call that begins after another ended gets more.
 */
import type { Ledger, PendingWrite, Violation } from './ledger.ts';

const step = 2 ** 28;

/** An increment that has begun. */
export interface PendingCount extends PendingWrite {
  /** To be sent as the counter's initial value. */
  readonly initial: number;
}

/** One life of a counter. */
interface Life {
  /** Calls that began before the ledger's horizon are over: the most they got. */
  floor: number;
  /** What others got since. */
  recent: { readonly endedAt: number; readonly value: number }[];
}

/** Judges the values of counters. Counters and other keys share one ledger, and so one order of events. */
export class Tally {
  readonly #ledger: Ledger;
  readonly #lives = new Map<string, Map<number, Life>>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** An increment by 1 begins. */
  count(key: string): PendingCount {
    const write = this.#ledger.write(key);
    return { ...write, initial: write.version * step };
  }

  /** It certainly did nothing. */
  refused(count: PendingCount): Violation | undefined {
    return this.#ledger.refused(count);
  }

  /** It gave this value. */
  counted(count: PendingCount, value: number): Violation | undefined {
    const { key, version, begunAt } = count;
    const maker = Math.floor(value / step);
    if (maker !== version) {
      return (
        this.#ledger.refused(count) ??
        this.#ledger.read(key, maker, begunAt) ??
        this.#check(key, maker, value % step, begunAt, true)
      );
    }
    this.#ledger.stored(count);
    return value === count.initial
      ? this.#check(key, maker, 0, begunAt, true)
      : { key, problem: `the call that made the counter got ${value - count.initial} more than its initial value` };
  }

  /** A read that began at `begunAt` gave this value. */
  read(key: string, value: number, begunAt: number): Violation | undefined {
    if (!Number.isSafeInteger(value)) return { key, problem: 'is no counter' };
    const maker = Math.floor(value / step);
    return this.#ledger.read(key, maker, begunAt) ?? this.#check(key, maker, value % step, begunAt, false);
  }

  #check(key: string, maker: number, value: number, begunAt: number, isIncrement: boolean): Violation | undefined {
    const life = this.#life(key, maker);
    const calls = this.#ledger.count(key);
    if (value > calls) return { key, problem: `was counted ${value} times by ${calls} calls` };
    let { floor } = life;
    for (const { endedAt, value: other } of life.recent) {
      if (isIncrement && other === value) return { key, problem: `two calls counted to ${value}` };
      if (endedAt < begunAt && other > floor) floor = other;
    }
    // An increment gets more than all before it, a read at least as much.
    if (isIncrement ? value <= floor : value < floor)
      return { key, problem: `was at ${value} after a call that counted to ${floor} had ended` };
    if (isIncrement) life.recent.push({ endedAt: this.#ledger.begin(), value });
    return undefined;
  }

  #life(key: string, maker: number): Life {
    let lives = this.#lives.get(key);
    if (lives === undefined) {
      lives = new Map();
      this.#lives.set(key, lives);
    }
    let life = lives.get(maker);
    if (life === undefined) {
      life = { floor: -1, recent: [] };
      lives.set(maker, life);
    }
    const { horizon } = this.#ledger;
    // Calls end in the order of the list.
    while (life.recent[0] !== undefined && life.recent[0].endedAt < horizon)
      life.floor = Math.max(life.floor, (life.recent.shift() as { value: number }).value);
    return life;
  }
}
