/** What came from a client while the throttle was full: bytes that are not decoded, and perhaps the client's end behind them. */

/** Who waits is read on up to so many bytes: to stop and begin again costs system calls, and the wait is short as a rule. */
const enough = 4 * 1024;

/** See the head of this file. */
export class Unread {
  bytes: Uint8Array = new Uint8Array();
  hasEnded = false;

  /** Takes bytes that will be overwritten. */
  add(chunk: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
  }

  /** So much that no more should be read. */
  get isEnough(): boolean {
    return this.bytes.length > enough;
  }
}
