/**
 * Whether a node should be used: a pure state machine over failures and time. (Other systems call ejection a
 * blacklist.)
 *
 *            failure                 ejectAfter-th in a row              ejection over
 *   alive ───────────▶ suspect ───────────────────────────▶ ejected ───────────────────▶ probing
 *     ▲                   │ a reply came in between            ▲                            │  │
 *     ├───────────────────┘                                    └──── the probe failed ──────┘  │
 *     └──────────────────────────── the probe succeeded (readmitted) ────────────────────────┘
 *
 * With `probeInterval`, probes begin within the ejection: one that fails leaves the node ejected until the next, and
 * the ejection is counted anew only when it is over.
 *
 * Failures are failed dials, resets under commands, and timeouts; an error *reply* is not a failure. Every ejection in
 * a row is longer than the one before, up to a cap, with jitter; a node that stayed alive for longer than its last
 * ejection starts over.
 */
import { withJitter } from '../base/backoff.ts';
import { type Random, systemRandom } from '../base/chance.ts';

/** When and for how long a node is ejected. All times in ms. */
export interface HealthOptions {
  /** Failures in a row that eject. @default 3 */
  readonly ejectAfter: number;
  /** The first ejection. @default 4000 */
  readonly ejectTime: number;
  /** The factor by which each further ejection in a row is longer. @default 2 */
  readonly ejectGrowth: number;
  /** The longest ejection. @default 60000 */
  readonly ejectTimeMax: number;
  /** The time between two probes of an ejected node; 0 = one probe, when the ejection is over. @default 0 */
  readonly probeInterval?: number;
}

/**
 * The health of a node: in use (`alive`), in use after a failure (`suspect`), out of use (`ejected`), out of use and
 * being probed (`probing`).
 */
export type HealthState = 'alive' | 'suspect' | 'ejected' | 'probing';

/** Failures further apart than this are not in a row, in ms. */
const rowGap = 30_000;
const jitter = 0.1;

/** The health of one node: a state machine over failures and time. */
export class NodeHealth {
  readonly #options: HealthOptions;
  readonly #random: () => number;
  #state: HealthState = 'alive';
  #failures = 0;
  #lastFailure = -Infinity;
  #ejections = 0;
  #ejectedAt = 0;
  #ejectedFor = 0;
  #readmittedAt = -Infinity;

  constructor(options: HealthOptions, random: Random = systemRandom) {
    this.#options = options;
    this.#random = random;
  }

  get state(): HealthState {
    return this.#state;
  }

  /** Whether commands may go to the node. */
  get isUsable(): boolean {
    return this.#state === 'alive' || this.#state === 'suspect';
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Ejections in a row. */
  get ejections(): number {
    return this.#ejections;
  }

  /** The duration of the last ejection, in ms. */
  get ejectedFor(): number {
    return this.#ejectedFor;
  }

  /** The time of the last ejection: ms on the clock. */
  get ejectedAt(): number {
    return this.#ejectedAt;
  }

  /**
   * A failure at `now`, `replies` after the one before. True: it is time to eject (the cluster decides, by its share
   * limit, and calls `eject`).
   */
  fail(now: number, replies: number): boolean {
    if (!this.isUsable) return false;
    const isInRow = replies === 0 && now - this.#lastFailure <= rowGap;
    this.#failures = isInRow ? this.#failures + 1 : 1;
    this.#lastFailure = now;
    this.#state = 'suspect';
    return this.#failures >= this.#options.ejectAfter;
  }

  /** The node has replied since the last failure: a suspect is alive again. */
  replied(): void {
    if (this.#state !== 'suspect') return;
    this.#state = 'alive';
    this.#failures = 0;
  }

  /** Ejects the node; returns the duration in ms. */
  eject(now: number): number {
    const { ejectTime, ejectGrowth, ejectTimeMax } = this.#options;
    if (now - this.#readmittedAt > this.#ejectedFor && this.#state !== 'probing') this.#ejections = 0;
    const plain = Math.min(ejectTimeMax, ejectTime * ejectGrowth ** this.#ejections);
    this.#ejections++;
    this.#state = 'ejected';
    this.#ejectedAt = now;
    this.#ejectedFor = this.#ejections === 1 ? plain : Math.min(ejectTimeMax, withJitter(plain, jitter, this.#random));
    return this.#ejectedFor;
  }

  /** The time from `now` to the next probe, in ms; 0 = the ejection is over. */
  untilProbe(now: number): number {
    const left = Math.max(0, this.#ejectedAt + this.#ejectedFor - now);
    const interval = this.#options.probeInterval ?? 0;
    return interval === 0 ? left : Math.min(left, withJitter(interval, jitter, this.#random));
  }

  /** A probe failed within the ejection. */
  stayEjected(): void {
    this.#state = 'ejected';
  }

  /** A probe begins: it may end the ejection. */
  probe(): void {
    this.#state = 'probing';
  }

  /** The node replied. True: it was ejected and is readmitted. */
  succeed(now: number): boolean {
    const isBack = this.#state === 'probing' || this.#state === 'ejected';
    this.#state = 'alive';
    this.#failures = 0;
    if (isBack) this.#readmittedAt = now;
    return isBack;
  }
}
