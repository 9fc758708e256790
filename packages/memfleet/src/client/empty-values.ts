/**
 * Empty values without flags that a multi-key get found. The line `VALUE key 0 0` does not tell an empty value from an
 * empty lease of `mg N` (core/stub.ts), but the meta command does, so each such key is read once more where its node
 * speaks meta:
 *
 *   getMany ─▶ VALUE a 0 0 ─▶ mg a v f ─ VA 0 f0 ───▶ ''
 *                                      └ VA 0 f0 Z ──▶ a lease: a miss
 */
import { type Command, commandFor, describeCommand } from '../core/command.ts';
import type { MemcacheError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { isStub } from '../core/stub.ts';
import type { ClientCore } from './core.ts';

/** What becomes of the keys that are read once more. */
interface EmptyValueEvents {
  /** It is a value. `reply` is valid only during the call. */
  onValue(key: string, reply: Reply): void;
  onFailed(key: string, error: MemcacheError): void;
  /** All keys have been read. */
  onEnd(): void;
}

/** Collects the keys with an empty value of one get, and reads them once more. */
export class EmptyValues {
  readonly #core: ClientCore;
  readonly #looks: Command[] = [];
  readonly #from: Command;

  constructor(from: Command, core: ClientCore) {
    this.#from = from;
    this.#core = core;
  }

  /** Whether the value of this reply must be read once more. If so, it is noted. */
  takes(key: string, reply: Reply): boolean {
    if (reply.length !== 0 || reply.flags !== 0) return false;
    const look = commandFor(this.#from, 'get', { key, isPlainKey: false, deadline: this.#from.deadline });
    if (this.#core.fleet.cluster.serving(look)?.protocol !== 'meta') return false;
    this.#looks.push(look);
    return true;
  }

  /** Reads the noted keys. */
  read(events: EmptyValueEvents): void {
    const looks = this.#looks.splice(0);
    let left = looks.length;
    const ended = (): void => {
      if (--left === 0) events.onEnd();
    };
    if (left === 0) events.onEnd();
    for (const look of looks) {
      this.#core.fleet.dispatcher.dispatch(look, {
        onReply: (reply) => {
          if (reply.status === 'error') events.onFailed(look.key, replyError(reply, describeCommand(look)));
          else if (reply.status === 'ok' && !isStub(reply)) events.onValue(look.key, reply);
          ended();
        },
        onError: (error) => {
          events.onFailed(look.key, error);
          ended();
        },
      });
    }
  }
}
