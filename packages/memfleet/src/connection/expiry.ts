/**
 * Ends the commands of a connection whose deadline has passed, and gives up a node that leaves too many unanswered.
 *
 *   scan.watch(deadline) ─▶ scan ─▶ expired ─ none ─▶ (nothing)
 *                                └ some ─▶ onTimeouts ─▶ is there nothing more to hope for? ─▶ onUseless
 */
import type { Clock } from '../base/clock.ts';
import { DeadlineScan } from '../base/deadline-scan.ts';
import type { MakeError, Pending } from './pending.ts';

/** After so many scans with timeouts and not a byte in between, the connection is given up. */
const maxSilentScans = 2;

/** How it is set up. */
export interface ExpiryOptions {
  readonly clock: Clock;
  readonly pending: Pick<Pending, 'expire' | 'isAwaited'>;
  readonly makeError: MakeError;
  /** Can no further command come: the connection is closing, or full? */
  readonly isFull: () => boolean;
  /** So many commands timed out in one scan. */
  readonly onTimeouts: (count: number) => void;
  /** There is nothing more to hope for. */
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

  /** So many bytes came from the node. */
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
   * The node has been silent over two scans; or nobody waits for what is owed, and nobody can come because the
   * connection is closing or full of tombstones.
   */
  #isUseless(): boolean {
    if (this.#silentScans >= maxSilentScans) return true;
    return this.#options.isFull() && !this.#options.pending.isAwaited;
  }
}
