import type { Command } from '../../src/core/command.ts';
import type { Dispatcher, Handler } from '../../src/core/dispatcher.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';

/** A command that waits for the test to answer it. */
export interface Pending {
  readonly command: Command;
  readonly handler: Handler;
}

/**
 * A dispatcher that does nothing but collect: the test answers, when and in which order it likes, from ONE Reply, as
 * dispatchers do.
 */
export class ManualDispatcher implements Dispatcher {
  readonly pending: Pending[] = [];
  isClosed = false;
  readonly #reply = new Reply();

  dispatch(command: Command, handler: Handler): void {
    this.pending.push({ command, handler });
  }

  /** Answers the pending command of a key with a value. */
  hit(key: string, value = `value of ${key}`): void {
    const { handler } = this.take(key);
    const reply = this.#reply.reset('ok');
    reply.setText(value);
    handler.onReply(reply);
    // Whoever kept the reply instead of copying it would now say this.
    this.#reply.reset('ok').setText('overwritten');
  }

  /** Answers the pending command of a key: some items, then the end unless `isEnd` is false. */
  items(key: string, entries: Readonly<Record<string, string>>, isEnd = true): void {
    const { handler } = isEnd ? this.take(key) : this.look(key);
    for (const [name, value] of Object.entries(entries)) {
      const reply = this.#reply.reset('ok', 'item');
      reply.key = name;
      reply.setText(value);
      handler.onReply(reply);
    }
    if (isEnd) handler.onReply(this.#reply.reset('ok', 'end'));
  }

  /** Answers the pending command of a key with a bare status. */
  status(key: string, status: 'ok' | 'miss' | 'notStored' | 'exists'): void {
    this.take(key).handler.onReply(this.#reply.reset(status));
  }

  fail(key: string, error: MemcacheError): void {
    this.take(key).handler.onError(error);
  }

  /** The pending command of a key. */
  look(key: string): Pending {
    const found = this.pending.find(({ command }) => command.key === key || command.keys?.includes(key) === true);
    if (found === undefined) throw new Error(`no command for ${JSON.stringify(key)} is pending`);
    return found;
  }

  /** The same, taken out. */
  take(key: string): Pending {
    const found = this.look(key);
    this.pending.splice(this.pending.indexOf(found), 1);
    return found;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  destroy(): void {
    this.isClosed = true;
  }
}
