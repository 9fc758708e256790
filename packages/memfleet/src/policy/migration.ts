/**
 * Moves the callers of one fleet to another, phase by phase, without a cold cache.
 *
 *   phase        reads                              set add replace cas       delete     incr decr append prepend
 *   old          old                                old                       old        old
 *   write-both   old                                old, then set on new      both       old, and forgotten on new
 *   read-new     new ─ missed or failed ─▶ old      new, then set on old      both       old, and forgotten on new
 *   new          new                                new                       new        new
 *
 * Commands that change an existing value run where the value is, so that no counter starts from nothing; reads then
 * find it on the old fleet. Commands on the second fleet are not waited for (a delete is: a deleted item must not be
 * read), and their failures are only counted. A delete goes to the first fleet, then to the second, where it comes
 * behind what earlier writes repeat there. A read with a cas goes to the first fleet alone, because the token means
 * nothing to the other. `read-new` should last as long as the longest ttl; reads copy nothing, because their ttl is not
 * known.
 */
import { type Command, commandFor, derive, isJoin, isRead } from '../core/command.ts';
import { type Dispatcher, type Handler, wrapHandler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import { copyReply, type Reply } from '../core/reply.ts';

/**
 * A phase of a migration: which fleet serves reads (`old` and `write-both`: the old one; `read-new` and `new`: the new
 * one), and whether writes go to both (`write-both`, `read-new`).
 */
export type MigrationPhase = 'old' | 'write-both' | 'read-new' | 'new';

/** The phases in their order. */
export const migrationPhases: readonly MigrationPhase[] = Object.freeze(['old', 'write-both', 'read-new', 'new']);

/** Counts of keys so far. */
export interface MigrationCounters {
  /** Keys that were read and found on the new fleet. */
  readonly newHits: number;
  /** Keys that the new fleet did not have, or failed to return, and the old one returned. */
  readonly oldHits: number;
  /** Keys that neither fleet had. */
  readonly misses: number;
  /** Writes that were repeated on the second fleet. */
  readonly mirrored: number;
  /** Writes that failed on the second fleet, which may then hold an older value. */
  readonly mirrorFailures: number;
}

type Counters = { -readonly [name in keyof MigrationCounters]: number };

/** Moves the callers of one fleet to another, phase by phase. */
export class MigrationPolicy implements Dispatcher {
  /** Can be changed at any time; commands in flight keep the phase in which they began. */
  phase: MigrationPhase;
  readonly #old: Dispatcher;
  readonly #new: Dispatcher;
  readonly #counters: Counters = { newHits: 0, oldHits: 0, misses: 0, mirrored: 0, mirrorFailures: 0 };

  constructor(old: Dispatcher, next: Dispatcher, phase: MigrationPhase) {
    this.#old = old;
    this.#new = next;
    this.phase = phase;
  }

  get counters(): MigrationCounters {
    return { ...this.#counters };
  }

  dispatch(command: Command, handler: Handler): void {
    const { phase } = this;
    if (phase === 'old') this.#old.dispatch(command, handler);
    else if (phase === 'new') this.#new.dispatch(command, handler);
    else if (command.verb === 'get' && !isAboutCas(command)) this.#get(command, handler);
    else if (isRead(command) || command.verb === 'get') this.#first.dispatch(command, handler);
    else this.#write(command, handler);
  }

  async close(): Promise<void> {
    await Promise.all([this.#old.close(), this.#new.close()]);
  }

  destroy(error?: MemcacheError): void {
    this.#old.destroy(error);
    this.#new.destroy(error);
  }

  /** The fleet whose reply the caller receives. */
  get #first(): Dispatcher {
    return this.phase === 'write-both' ? this.#old : this.#new;
  }

  get #second(): Dispatcher {
    return this.phase === 'write-both' ? this.#new : this.#old;
  }

  #get(command: Command, handler: Handler): void {
    const touches = command.touch && command.keys === undefined;
    if (this.phase === 'write-both') {
      if (touches) this.#mirror(this.#new, touchOf(command));
      this.#old.dispatch(command, handler);
    } else if (command.keys === undefined) this.#getOne(command, handler);
    else this.#new.dispatch(command, new BothGets(this.#old, command, command.keys, handler, this.#counters));
  }

  #getOne(command: Command, handler: Handler): void {
    const counters = this.#counters;
    const askOld = (): void =>
      this.#old.dispatch(command, {
        onReply: (reply) => {
          if (reply.status === 'ok') counters.oldHits++;
          else if (reply.status === 'miss') counters.misses++;
          handler.onReply(reply);
        },
        onError: (error) => handler.onError(error),
      });
    this.#new.dispatch(command, {
      onReply: (reply) => {
        if (reply.status !== 'ok') {
          askOld();
          return;
        }
        counters.newHits++;
        if (command.touch) this.#mirror(this.#old, touchOf(command));
        handler.onReply(reply);
      },
      onError: askOld,
    });
  }

  #write(command: Command, handler: Handler): void {
    if (command.verb === 'store' && !isJoin(command)) {
      const second = this.#second;
      this.#first.dispatch(
        command,
        onOk(handler, () => this.#mirror(second, setOf(command))),
      );
    } else if (command.verb === 'store' || command.verb === 'arith') {
      this.#old.dispatch(
        command,
        onOk(handler, () => this.#mirror(this.#new, deleteOf(command))),
      );
    } else if (command.cas !== 0n) {
      const second = this.#second;
      this.#first.dispatch(
        command,
        onOk(handler, () => this.#mirror(second, deleteOf(command))),
      );
    } else this.#onBoth(command, handler);
  }

  /**
   * delete, touch, flush …: on the first fleet, then on the second, where it comes behind what earlier commands of the
   * key repeat there. The item existed if it existed on either. The deadline is one.
   */
  #onBoth(command: Command, handler: Handler): void {
    const second = this.#second;
    this.#first.dispatch(
      command,
      wrapHandler(handler, {
        onReply: (reply) => {
          if (reply.part === 'item') handler.onReply(reply);
          else this.#goOn(second, command, copyReply(reply), handler);
        },
        onError: (error) => handler.onError(error),
      }),
    );
  }

  /** The second half of a command for both fleets. `reply`: that of the first. */
  #goOn(second: Dispatcher, command: Command, reply: Reply, handler: Handler): void {
    this.#counters.mirrored++;
    second.dispatch(derive(command).detach(), {
      onReply: ({ part, status }) => {
        if (part === 'item') return;
        if (status === 'error') this.#counters.mirrorFailures++;
        else if (status === 'ok' && reply.status === 'miss') reply.status = 'ok';
        handler.onReply(reply);
      },
      onError: () => {
        this.#counters.mirrorFailures++;
        handler.onReply(reply);
      },
    });
  }

  #mirror(fleet: Dispatcher, command: Command): void {
    const counters = this.#counters;
    counters.mirrored++;
    fleet.dispatch(command, {
      onReply: (reply) => {
        if (reply.status === 'error') counters.mirrorFailures++;
      },
      onError: () => void counters.mirrorFailures++,
    });
  }
}

/** A get of many keys on the new fleet: keys not found there are requested from the old one. */
class BothGets implements Handler {
  readonly #old: Dispatcher;
  readonly #command: Command;
  readonly #handler: Handler;
  readonly #counters: Counters;
  readonly #missing: Set<string>;
  #isSecond = false;
  #error: MemcacheError | undefined;

  constructor(old: Dispatcher, command: Command, keys: readonly string[], handler: Handler, counters: Counters) {
    this.#old = old;
    this.#command = command;
    this.#handler = handler;
    this.#counters = counters;
    this.#missing = new Set(keys);
  }

  onReply(reply: Reply): void {
    if (reply.part === 'item') {
      if (!this.#missing.delete(reply.key)) return;
      this.#counters[this.#isSecond ? 'oldHits' : 'newHits']++;
      this.#handler.onReply(reply);
    } else if (this.#isSecond || this.#missing.size === 0) {
      this.#counters.misses += this.#missing.size;
      if (this.#error === undefined) this.#handler.onReply(reply);
      else this.#handler.onError(this.#error);
    } else this.#askOld();
  }

  onError(error: MemcacheError): void {
    if (this.#isSecond) this.#handler.onError(error);
    else this.#askOld();
  }

  onPartFailed(error: MemcacheError, keys: readonly string[]): void {
    if (!this.#isSecond) return;
    for (const key of keys) this.#missing.delete(key);
    if (this.#handler.onPartFailed === undefined) this.#error ??= error;
    else this.#handler.onPartFailed(error, keys);
  }

  #askOld(): void {
    this.#isSecond = true;
    this.#old.dispatch(derive(this.#command, { keys: [...this.#missing] }), this);
  }
}

/** A cas means nothing to the other fleet: neither one that is requested nor the one of `mg C`. */
function isAboutCas({ wantCas, meta }: Command): boolean {
  return wantCas || meta?.hasCas === true;
}

/** Passes the reply on; calls `then` when it was a success. */
function onOk(handler: Handler, then: () => void): Handler {
  return {
    onReply: (reply) => {
      const isOk = reply.status === 'ok';
      handler.onReply(reply);
      if (isOk) then();
    },
    onError: (error) => handler.onError(error),
  };
}

/**
 * A command on the second fleet has a deadline of its own, and runs even if the caller leaves: the fleets must not
 * differ. Bytes are copied: their owner may change them as soon as the first write is complete.
 */
function setOf(command: Command): Command {
  const { value } = command;
  return derive(command, {
    mode: 'set',
    cas: 0n,
    deadline: 0,
    value: typeof value === 'string' ? value : Uint8Array.from(value),
  }).detach();
}

function deleteOf(command: Command): Command {
  return commandFor(command, 'delete').detach();
}

function touchOf(command: Command): Command {
  return commandFor(command, 'touch', { exptime: command.exptime }).detach();
}
