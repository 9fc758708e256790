/** The time for which faults hold a connection, or the next of its commands. One at a time. */
import type { Clock, Timer } from '../../base/clock.ts';

/** A part of the time. `by`: the injection whose end ends it. */
interface Part {
  readonly ms: number;
  readonly by?: object;
}

/** One wait after the other. */
export class Wait {
  readonly #clock: Clock;
  #parts: readonly Part[] = [];
  #timer: Timer | undefined;
  #onOver: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for all parts together, then calls back; at once where there are none. */
  begin(parts: readonly Part[], onOver: () => void): void {
    this.#parts = parts;
    this.#onOver = onOver;
    this.#next();
  }

  /** What this injection still holds is over. */
  release(by: object): void {
    if (this.#timer === undefined || !this.#parts.some((part) => part.by === by)) return;
    const isCurrent = this.#parts[0]?.by === by;
    this.#parts = this.#parts.filter((part, index) => (index === 0 ? !isCurrent : part.by !== by));
    if (!isCurrent) return;
    this.#timer.clear();
    this.#next();
  }

  /** Nobody waits any more. */
  end(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** The parts are waited for one after the other. */
  #next(): void {
    this.#timer = undefined;
    const [part] = this.#parts;
    if (part === undefined) {
      this.#onOver();
      return;
    }
    this.#timer = this.#clock.setTimer(
      part.ms,
      () => {
        this.#parts = this.#parts.slice(1);
        this.#next();
      },
      false,
    );
  }
}
