import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { ReplyBuffer } from './reply-buffer.ts';

/** The receiver of the replies to a pending reply's command. */
export interface PendingReplyOwner {
  onPendingReply(pending: PendingReply, reply: Reply): void;
  onPendingItems(pending: PendingReply, bytes: Uint8Array, count: number): void;
  onPendingError(pending: PendingReply, error: MemcacheError): void;
  readonly isHolding: boolean;
  readonly connection: number;
}

/**
 * The place of one command in the reply order of its session. A place whose reply came before `dispatch` returned is
 * reused for the next command. A queued one never is, so that a duplicate reply cannot reach another command.
 */
export class PendingReply implements Handler {
  /**
   * `direct`: nothing stands before it, its replies are written directly. `queued`: they wait for those before. `done`:
   * complete, or the session is gone.
   */
  state: 'direct' | 'queued' | 'done' = 'done';
  /** Its command; set whenever the state is not `done`. */
  command: Command;
  /** The arrival of the command: ms on the clock; 0 where it is not measured. */
  since = 0;
  /** The number of items received. */
  items = 0;
  /** The pending reply behind it. */
  next: PendingReply | undefined = undefined;
  /** Replies that wait for those before. */
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

  onItems(bytes: Uint8Array, count: number): void {
    this.#owner.onPendingItems(this, bytes, count);
  }

  onError(error: MemcacheError): void {
    this.#owner.onPendingError(this, error);
  }
}
