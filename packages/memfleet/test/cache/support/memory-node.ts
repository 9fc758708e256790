import type { Command } from '../../../src/core/command.ts';
import type { Handler } from '../../../src/core/dispatcher.ts';
import { ItemStore } from '../../../src/store/item-store.ts';
import { StoreDispatcher } from '../../../src/store/store-dispatcher.ts';
import type { FakeClock } from '../../support/fake-clock.ts';

/** A node in memory: it executes commands on a store, and can go down, come back, and lose its memory. */
export class MemoryNode {
  readonly name: string;
  readonly #clock: FakeClock;
  #store: StoreDispatcher;
  isUp = true;
  /** How many commands it has executed. */
  executed = 0;

  constructor(name: string, clock: FakeClock) {
    this.name = name;
    this.#clock = clock;
    this.#store = this.#emptyStore();
  }

  execute(command: Command, handler: Handler): void {
    this.executed++;
    this.#store.dispatch(command, handler);
  }

  /** All items are gone, and the cas numbers begin again. */
  restart(): void {
    this.#store = this.#emptyStore();
  }

  #emptyStore(): StoreDispatcher {
    return new StoreDispatcher({ store: new ItemStore({ clock: this.#clock, maxBytes: 1 << 22 }) });
  }
}
