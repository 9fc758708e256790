import { entryFlags } from '../../../src/cache/entry.ts';
import { Command } from '../../../src/core/command.ts';
import type { Handler } from '../../../src/core/dispatcher.ts';
import { ItemStore } from '../../../src/store/item-store.ts';
import { StoreDispatcher } from '../../../src/store/store-dispatcher.ts';
import type { FakeClock } from '../../support/fake-clock.ts';

const isMark = (flags: number): boolean =>
  flags === entryFlags.stub || flags === entryFlags.failed || flags === entryFlags.nothing;

/** A node in memory: it executes commands on a store, and can go down, come back, and lose its memory. */
export class MemoryNode {
  readonly name: string;
  readonly #clock: FakeClock;
  #store: StoreDispatcher;
  isUp = true;
  /** How many commands it has executed. */
  executed = 0;
  /** Called after each command, with whether it took effect. */
  onExecuted: ((command: Command, isOk: boolean) => void) | undefined;

  constructor(name: string, clock: FakeClock) {
    this.name = name;
    this.#clock = clock;
    this.#store = this.#emptyStore();
  }

  execute(command: Command, handler: Handler): void {
    const { onExecuted } = this;
    this.executed++;
    if (onExecuted === undefined) this.#store.dispatch(command, handler);
    else
      this.#store.dispatch(command, {
        onReply: (reply) => {
          onExecuted(command, reply.status === 'ok');
          handler.onReply(reply);
        },
        onError: (error) => handler.onError(error),
      });
  }

  /** The bytes of an item as a byte string. */
  valueOf(key: string): string | undefined {
    const { store } = this.#store;
    const value = store.find(key, store.tick())?.value;
    return typeof value === 'string' ? value : value && Buffer.from(value).toString('latin1');
  }

  /** Seconds that an item has to live, Infinity = no expiry; undefined: there is none, or it is a stub or a mark. */
  ttlOfValue(key: string): number | undefined {
    const { store } = this.#store;
    const now = store.tick();
    const item = store.find(key, now);
    if (item === undefined || item.length === 0 || isMark(item.flags)) return undefined;
    const ttl = item.ttl(now);
    return ttl === -1 ? Infinity : ttl;
  }

  /** The item is gone, as by lack of memory. */
  evict(key: string): void {
    this.#store.dispatch(new Command('delete', key), { onReply: () => {}, onError: () => {} });
  }

  /** All items are gone, and the cas numbers begin again. */
  restart(): void {
    this.#store = this.#emptyStore();
  }

  #emptyStore(): StoreDispatcher {
    return new StoreDispatcher({ store: new ItemStore({ clock: this.#clock, maxBytes: 1 << 22 }) });
  }
}
