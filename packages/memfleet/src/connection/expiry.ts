/**
 * Ends the commands of a connection whose deadline has passed, and gives up a connection on which no reply can be
 * expected.
 *
 *   scan.watch(deadline) ─▶ scan ─▶ expired ─ none ─▶ (nothing)
 *                                └ some ─▶ onTimeouts ─▶ can no reply be expected? ─▶ onUseless
 */
import type { Clock } from '../base/clock.ts';
import { DeadlineScan } from '../base/deadline-scan.ts';
import type { MakeError, Pending } from './pending.ts';

/** The number of scans with timeouts and no byte in between after which the connection is given up. */
const maxSilentScans = 2;

/** The options of `Expiry`. */
export interface ExpiryOptions {
  readonly clock: Clock;
  readonly pending: Pick<Pending, 'expire' | 'isAwaited'>;
  readonly makeError: MakeError;
  /** Whether no further command can arrive: the connection is closing, or full. */
  readonly isFull: () => boolean;
  /** `count` commands timed out in one scan. */
  readonly onTimeouts: (count: number) => void;
  /** No reply can be expected. */
  readonly onUseless: () => void;
}

/** Ends commands of a connection whose deadline has passed. */
export class Expiry {
  /** Watches the deadlines of the commands in flight. */
  readonly scan: DeadlineScan;
  readonly #options: ExpiryOptions;
  #isEnded = false;
  #silentScans = 0;
  #bytesIn = 0;
  #bytesAtScan = 0;

  constructor(options: ExpiryOptions) {
    this.#options = options;
    // The socket keeps the process alive while replies are owed.
    this.scan = new DeadlineScan(options.clock, (scan) => this.#expire(scan), false);
  }

  /** Bytes arrived from the node. */
  received(bytes: number): void {
    this.#bytesIn += bytes;
  }

  /** The connection is closed. */
  end(): void {
    this.#isEnded = true;
    this.scan.clear();
  }

  #expire(scan: DeadlineScan): number {
    const { pending, makeError, onTimeouts, onUseless } = this.#options;
    const count = this.#isEnded ? 0 : pending.expire(scan, makeError);
    if (count > 0 && !this.#hasEnded()) {
      this.#silentScans = this.#bytesIn === this.#bytesAtScan ? this.#silentScans + 1 : 1;
      this.#bytesAtScan = this.#bytesIn;
      onTimeouts(count);
      if (!this.#hasEnded() && this.#isUseless()) onUseless();
    }
    return 0;
  }

  /** A handler may have ended the connection. */
  #hasEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Whether the node sent nothing over two scans; or no caller waits for the replies that are owed, and no command can
   * arrive because the connection is closing or full of tombstones.
   */
  #isUseless(): boolean {
    if (this.#silentScans >= maxSilentScans) return true;
    return this.#options.isFull() && !this.#options.pending.isAwaited;
  }
}
