import { IdleTimer } from './idle-timer.ts';
/**
 * For how long a session may do nothing, or get on with nothing. No time is read: the listener's one timer tells how
 * much went by.
 *
 *   answers that the client does not read, a large value that does not go on     stallTimeout      slow
 *   a request that is not complete                                               requestTimeout    slow
 *   our end was sent, the client's does not come                                 lingerTimeout     gone
 *   nothing asked                                                                idleTimeout       idle
 */
import type { SessionBounds } from './session-context.ts';

/** Each started megabyte of a value may take as long as a request. */
const megabyte = 1024 * 1024;

/** How a session is. */
export interface SessionActivity {
  /** It is we who are silent: commands are in flight, or we do not read. */
  readonly isBusy: boolean;
  /** Our end was sent. */
  readonly hasEnded: boolean;
  /** Bytes held for the client. */
  readonly buffered: number;
  /** A large value is being received. */
  readonly isReceiving: boolean;
  /** Bytes of a request that is not complete; 0 = there is none. */
  readonly unfinished: number;
  /** Commands that came. */
  readonly commands: number;
}

/** Measures how long a session has been inactive, in milliseconds. */
export class SessionTimeouts {
  readonly #idle = new IdleTimer();
  /** The commands that had come when the unfinished request began, and the milliseconds that it has taken. */
  #before = -1;
  #taken = 0;

  /** Milliseconds in which nothing has moved, when they were last counted. */
  get silence(): number {
    return this.#idle.ms;
  }

  /** Something came, or the client took something. */
  end(): void {
    this.#idle.end();
  }

  /** `ms` went by. Returns of what there was too much; undefined = of nothing. */
  judge(ms: number, situation: SessionActivity, bounds: SessionBounds): 'slow' | 'gone' | 'idle' | undefined {
    const { buffered, hasEnded, isReceiving } = situation;
    const quiet = this.#idle.count(ms, buffered, situation.isBusy);
    if (this.#isHalf(ms, situation, bounds)) return 'slow';
    if (buffered > 0 || (isReceiving && !hasEnded)) return quiet >= bounds.stallTimeout ? 'slow' : undefined;
    if (hasEnded) return quiet >= bounds.lingerTimeout ? 'gone' : undefined;
    return bounds.idleTimeout > 0 && quiet >= bounds.idleTimeout ? 'idle' : undefined;
  }

  /** Has the request in progress not become complete for too long? While we do not read, its time stands still. */
  #isHalf(ms: number, { unfinished, commands, isBusy }: SessionActivity, { requestTimeout }: SessionBounds): boolean {
    if (unfinished === 0 || requestTimeout === 0 || commands !== this.#before) {
      this.#before = unfinished === 0 ? -1 : commands;
      this.#taken = 0;
      return false;
    }
    if (!isBusy) this.#taken += ms;
    return this.#taken >= requestTimeout * Math.max(1, Math.ceil(unfinished / megabyte));
  }
}
