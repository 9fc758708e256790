/**
 * How many connections one fleet has, in whatever state. Where there are several, what one read brings is followed by commands for all of them:
 *
 *   read of one ─▶ promises ─▶ commands for all: a small batch each ─┐
 *   read of the next ─▶ …                                           ├─ end of the turn ─▶ ONE write a connection
 *   read of the next ─▶ …                                           ┘
 */

/** Counts the connections of one fleet. */
export class FlushGroup {
  #size = 0;

  /** There is one more from now on. */
  enter(): void {
    this.#size++;
  }

  /** One has ended. */
  leave(): void {
    this.#size--;
  }

  /** There is one at most. */
  get isAlone(): boolean {
    return this.#size < 2;
  }
}
