import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { ReplyBuffer } from './reply-buffer.ts';

/** Where the answer to a pending reply's command goes. */
export interface PendingReplyOwner {
  onPendingReply(pending: PendingReply, reply: Reply): void;
  onPendingError(pending: PendingReply, error: MemcacheError): void;
  readonly isHolding: boolean;
  readonly connection: number;
}

/**
 * The place of one command among the answers of its session. One that was answered before `dispatch` returned is used
 * again for the next command; one that was queued never is, so that an answer given twice cannot reach another command.
 */
export class PendingReply implements Handler {
  /**
   * `direct`: nothing stands before it, answers go straight out. `queued`: they wait for those before. `done`:
   * answered, or the session is gone.
   */
  state: 'direct' | 'queued' | 'done' = 'done';
  /** What it answers; set whenever the state is not `done`. */
  command: Command;
  /** When the command came: ms on the clock; 0 where nobody wants to know. */
  since = 0;
  /** Items that were told. */
  items = 0;
  /** The pending reply behind it. */
  next: PendingReply | undefined = undefined;
  /** Answers that wait for those before. */
  held: ReplyBuffer | undefined = undefined;
  readonly #owner: PendingReplyOwner;

  constructor(owner: PendingReplyOwner, command: Command) {
    this.#owner = owner;
    this.command = command;
  }

  get isFull(): boolean {
    return this.#owner.isHolding;
  }

  get connection(): number {
    return this.#owner.connection;
  }

  onReply(reply: Reply): void {
    this.#owner.onPendingReply(this, reply);
  }

  onError(error: MemcacheError): void {
    this.#owner.onPendingError(this, error);
  }
}
