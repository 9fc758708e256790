/**
 * The time limits of a session without progress. It reads no clock: the listener's one timer passes the elapsed time.
 *
 *   replies that the client does not read, a large value that makes no progress  stallTimeout      slow
 *   a request that is not complete                                               requestTimeout    slow
 *   our end was sent, the client's does not arrive                               lingerTimeout     gone
 *   no request                                                                   idleTimeout       idle
 */
import { IdleTimer } from './idle-timer.ts';
import type { SessionBounds } from './session-context.ts';

/** Each started megabyte of a value may take as long as a request. */
const megabyte = 1024 * 1024;

/** The state of a session. */
export interface SessionActivity {
  /** The server keeps the client waiting: commands are in flight, or reading is paused. */
  readonly isBusy: boolean;
  /** Whether our end was sent. */
  readonly hasEnded: boolean;
  /** The number of bytes held for the client. */
  readonly buffered: number;
  /** Whether a large value is being received. */
  readonly isReceiving: boolean;
  /** The number of bytes of an incomplete request; 0 = there is none. */
  readonly unfinished: number;
  /** The number of commands received. */
  readonly commands: number;
}

/** Measures how long a session has been inactive, in milliseconds. */
export class SessionTimeouts {
  readonly #idle = new IdleTimer();
  /** The number of commands received when the unfinished request began, and the milliseconds that it has taken. */
  #before = -1;
  #taken = 0;

  /** The time at which the client sent something last. */
  activeAt = 0;

  /** Bytes arrived. */
  receive(now: number): void {
    this.activeAt = now;
    this.#idle.end();
  }

  /** The client read some. */
  end(): void {
    this.#idle.end();
  }

  /** Adds `ms`. Returns the kind of the exceeded limit; undefined = none. */
  judge(ms: number, situation: SessionActivity, bounds: SessionBounds): 'slow' | 'gone' | 'idle' | undefined {
    const { buffered, hasEnded, isReceiving } = situation;
    const idle = this.#idle.count(ms, buffered, situation.isBusy);
    if (this.#isOverdue(ms, situation, bounds)) return 'slow';
    if (buffered > 0 || (isReceiving && !hasEnded)) return idle >= bounds.stallTimeout ? 'slow' : undefined;
    if (hasEnded) return idle >= bounds.lingerTimeout ? 'gone' : undefined;
    return bounds.idleTimeout > 0 && idle >= bounds.idleTimeout ? 'idle' : undefined;
  }

  /**
   * Whether the request in progress has been incomplete for too long. While reading is paused, its time does not
   * advance.
   */
  #isOverdue(
    ms: number,
    { unfinished, commands, isBusy }: SessionActivity,
    { requestTimeout }: SessionBounds,
  ): boolean {
    if (unfinished === 0 || requestTimeout === 0 || commands !== this.#before) {
      this.#before = unfinished === 0 ? -1 : commands;
      this.#taken = 0;
      return false;
    }
    if (!isBusy) this.#taken += ms;
    return this.#taken >= requestTimeout * Math.max(1, Math.ceil(unfinished / megabyte));
  }
}
