/**
 * Reads from all copies of a vBucket at once; where some are near, from those first:
 *
 *   get ─▶ the near copies ─ the first value ─▶ handler
 *                          └ none, or half of the time is over ─▶ the others
 *   get ─▶ active, replica 1, replica 2 … ─ the first value ────────────────▶ handler; the others are cancelled
 *                                         └ none ─ the active copy is a miss ─▶ miss
 *                                                └ one failed ───────────────▶ its error
 *                                                └ all are misses ───────────▶ miss
 */
import { type Clock, deadlineIn, hasPassed } from '../base/clock.ts';
import { type Command, derive } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import { Reply, replyError } from '../core/reply.ts';

/** What is known of the copies of the bucket's items. */
export interface Copies {
  /** The number of replicas of each vBucket; 0 before the first map. */
  readonly replicas: number;
  /** Whether it is a memcached-type bucket, which keeps one copy. False before the first map. */
  readonly isSingle: boolean;
  /** The copies of a key on near nodes, as `Command.replica` names them; none before the first map. */
  nearCopies(key: string): readonly number[];
}

/** One read of all copies. */
export class AnyCopyRead {
  readonly #next: Dispatcher;
  readonly #bucket: Copies;
  readonly #original: Command;
  readonly #handler: Handler;
  readonly #clock: Clock;
  readonly #commands: Command[] = [];
  #pending = 0;
  #isOver = false;
  #hasActiveMissed = false;
  #error: MemcacheError | undefined;

  constructor(next: Dispatcher, bucket: Copies, original: Command, handler: Handler, clock: Clock) {
    this.#clock = clock;
    this.#next = next;
    this.#bucket = bucket;
    this.#original = original;
    this.#handler = handler;
  }

  /** Asks the copies that were not asked yet. Before the first map, only the active one is known. */
  send(): void {
    const { replicas } = this.#bucket;
    const first = this.#commands.length;
    const near = first === 0 ? this.#bucket.nearCopies(this.#original.key) : [];
    const areNearFirst = near.length > 0 && near.length <= replicas;
    for (let copy = 0; copy <= replicas; copy++) {
      if (areNearFirst ? !near.includes(copy) : this.#commands.some(({ replica }) => replica === copy)) continue;
      const command = derive(this.#original, { replica: copy });
      if (areNearFirst) command.deadline = this.#half();
      this.#commands.push(command);
    }
    const asked = this.#commands.slice(first);
    this.#pending += asked.length;
    for (const command of asked) if (!this.#isOver) this.#next.dispatch(command, this.#handlerOf(command));
  }

  /** The deadline after half of the time that is left. */
  #half(): number {
    const { deadline } = this.#original;
    const now = this.#clock.now();
    return deadline > now ? deadlineIn(this.#clock, (deadline - now) / 2) : deadline;
  }

  #handlerOf(command: Command): Handler {
    return {
      onReply: (reply) => {
        if (this.#isOver) return;
        if (reply.status === 'error') this.#error ??= replyError(reply);
        else if (reply.status === 'miss') this.#hasActiveMissed ||= command.replica === 0;
        else {
          this.#end();
          this.#handler.onReply(reply);
          return;
        }
        this.#oneIsDone();
      },
      onError: (error) => {
        if (this.#isOver) return;
        this.#error ??= error;
        this.#oneIsDone();
      },
    };
  }

  #oneIsDone(): void {
    if (--this.#pending > 0) return;
    const { cancelled, deadline } = this.#original;
    const isOver = cancelled || hasPassed(deadline, this.#clock);
    if (this.#commands.length <= this.#bucket.replicas && !isOver) {
      this.send();
      return;
    }
    this.#end();
    if (this.#error === undefined || this.#hasActiveMissed) this.#handler.onReply(new Reply().reset('miss'));
    else this.#handler.onError(this.#error);
  }

  #end(): void {
    this.#isOver = true;
    for (const command of this.#commands) command.cancelled = true;
  }
}
