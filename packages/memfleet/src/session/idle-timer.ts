/** Measures how long a session is idle. It reads no clock: the listener's one timer passes the elapsed time. */
export class IdleTimer {
  #isActive = true;
  #ms = 0;
  #lastBuffered = 0;

  /** The idle time in milliseconds at the last count. */
  get ms(): number {
    return this.#ms;
  }

  /** Bytes arrived, or the client read some. */
  end(): void {
    this.#isActive = true;
  }

  /**
   * Adds `ms`; returns the idle time in milliseconds. A decrease of the bytes held for the client counts as activity;
   * `isBusy`: the server keeps the client waiting, which is not idle time.
   */
  count(ms: number, buffered: number, isBusy: boolean): number {
    if (this.#isActive || isBusy || buffered < this.#lastBuffered) this.#ms = 0;
    else this.#ms += ms;
    this.#isActive = false;
    this.#lastBuffered = buffered;
    return this.#ms;
  }
}
