/** How long nothing has moved on a session. No time is read: the listener's one timer tells how much went by. */
export class IdleTimer {
  #isActive = true;
  #ms = 0;
  #lastBuffered = 0;

  /** Milliseconds of silence when it was last counted. */
  get ms(): number {
    return this.#ms;
  }

  /** Something came, or the client took something. */
  end(): void {
    this.#isActive = true;
  }

  /**
   * `ms` went by; returns the milliseconds of silence. Bytes held for the client that grow fewer are a sign of life;
   * `isBusy`: it is we who are silent.
   */
  count(ms: number, buffered: number, isBusy: boolean): number {
    if (this.#isActive || isBusy || buffered < this.#lastBuffered) this.#ms = 0;
    else this.#ms += ms;
    this.#isActive = false;
    this.#lastBuffered = buffered;
    return this.#ms;
  }
}
