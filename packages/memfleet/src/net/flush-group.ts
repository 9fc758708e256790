/**
 * The open connections of one fleet, as far as they must know of each other: whether there are others.
 *
 *   read of a node ─▶ promises ─▶ commands for all nodes ─▶ one small batch each ─┐
 *   read of the next ─▶ …                                                        ├─ end of the turn ─▶ ONE write a node
 *   read of the next ─▶ …                                                        ┘
 */

/** See the head of this file. */
export class FlushGroup {
  #size = 0;

  /** A connection is open from now on. */
  enter(): void {
    this.#size++;
  }

  /** One is not any more. */
  leave(): void {
    this.#size--;
  }

  /** There is one at most. */
  get isAlone(): boolean {
    return this.#size < 2;
  }
}
