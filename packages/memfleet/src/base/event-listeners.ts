/** Functions of users that listen to events by name. */
import { inMicrotask } from './real-time.ts';

type Listener = (event: never) => void;

/** The listeners of each event. `Events` has the type of each event by its name. */
export class EventListeners<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>();

  /** Returns the function that removes the listener. */
  add<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /**
   * Calls the listeners. An exception in a listener is rethrown as an uncaught exception after the others were called.
   */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(event as never);
      } catch (error) {
        inMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
