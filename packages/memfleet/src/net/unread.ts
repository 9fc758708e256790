import type { Throttle, ThrottleGuest } from './throttle.ts';

/** With so many bytes or fewer a client that waits is read on: to stop and begin again costs system calls, and the wait is short as a rule. */
const enough = 4 * 1024;

/** What came from one client while the throttle was full: bytes that are not decoded, and perhaps the client's end behind them. */
export class Unread implements ThrottleGuest {
  readonly #throttle: Throttle;
  readonly #take: (bytes: Uint8Array, hasEnded: boolean) => void;
  #bytes: Uint8Array | undefined;
  #hasEnded = false;

  /** `take` is called when there is room. */
  constructor(throttle: Throttle, take: (bytes: Uint8Array, hasEnded: boolean) => void) {
    this.#throttle = throttle;
    this.#take = take;
  }

  get isWaiting(): boolean {
    return this.#bytes !== undefined;
  }

  /** Keeps bytes that will be overwritten. True: no more should be read. */
  add(chunk: Uint8Array): boolean {
    const bytes = Buffer.concat(this.#bytes === undefined ? [chunk] : [this.#bytes, chunk]);
    this.#bytes = bytes;
    this.#throttle.wait(this);
    return this.#throttle.isAtLimit || bytes.length > enough;
  }

  /** The client's end came. False: nothing waits before it. */
  end(): boolean {
    this.#hasEnded = this.isWaiting;
    return this.isWaiting;
  }

  /** Nobody will answer it any more. */
  forget(): void {
    this.#throttle.withdraw(this);
    this.#bytes = undefined;
  }

  onRoom(): void {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    if (bytes !== undefined) this.#take(bytes, this.#hasEnded);
  }
}
