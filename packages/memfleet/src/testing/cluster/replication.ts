/**
 * Changes on their way from active copies to replicas:
 *
 *   change ─ lag is over ─────────────────────────▶ replicas, in the order of the changes
 *          ├ a durable write of its vBucket ──────▶ replicas, before that write
 *          └ the active copy is another one now ──▶ lost
 */
import type { Clock } from '../../base/clock.ts';
import { Fifo } from '../../base/fifo.ts';
import type { KeyState } from './collection-copy.ts';

/** One change of an active copy. */
export interface Change {
  readonly vbucket: number;
  /** The history of the active copy, and the place of the change in it. */
  readonly uuid: bigint;
  readonly seqno: number;
  /** The id of the collection. */
  readonly collection: number;
  /** The key after the change. */
  readonly state: KeyState;
}

/** Changes that replicas do not have yet. */
export class Replication {
  readonly #clock: Clock;
  readonly #lag: number;
  readonly #apply: (change: Change) => void;
  readonly #waiting = new Fifo<{ readonly change: Change; readonly due: number }>();
  #isTimed = false;

  /** `lag` in ms; 0 = a change is applied at once. */
  constructor(clock: Clock, lag: number, apply: (change: Change) => void) {
    this.#clock = clock;
    this.#lag = lag;
    this.#apply = apply;
  }

  /** `isDurable`: the replicas have it, and all earlier ones of its vBucket, before the reply. */
  add(change: Change, isDurable: boolean): void {
    if (this.#lag === 0 || isDurable) {
      this.#hurry(change.vbucket);
      this.#apply(change);
      return;
    }
    this.#waiting.push({ change: { ...change, state: kept(change.state) }, due: this.#clock.now() + this.#lag });
    this.#wait(this.#lag);
  }

  #hurry(vbucket: number): void {
    if (this.#waiting.length === 0) return;
    this.#waiting.filter(({ change }) => {
      if (change.vbucket !== vbucket) return true;
      this.#apply(change);
      return false;
    });
  }

  #wait(ms: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#clock.setTimer(
      ms,
      () => {
        this.#isTimed = false;
        const now = this.#clock.now();
        for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
          if (next.due > now) return this.#wait(next.due - now);
          this.#waiting.shift();
          this.#apply(next.change);
        }
      },
      false,
    );
  }
}

/** The state without views of the memory of a store. */
function kept(state: KeyState): KeyState {
  if (state.item === undefined) return state;
  const { cas, exptime, flags, value } = state.item;
  return { ...state, item: { cas, exptime, flags, value: Uint8Array.from(value) } };
}
