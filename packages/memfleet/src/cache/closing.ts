/**
 * The end of a cache. An AbortSignal would warn of a leak when more than ten loads listen to it.
 */
export class Closing {
  readonly #listeners = new Set<(reason: Error) => void>();
  #reason: Error | undefined;

  /** Why the cache is closed; undefined: it is open. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Calls back when the cache is closed. */
  add(listener: (reason: Error) => void): void {
    this.#listeners.add(listener);
  }

  remove(listener: (reason: Error) => void): void {
    this.#listeners.delete(listener);
  }

  /** Calls the listeners, once. */
  close(reason: Error): void {
    this.#reason ??= reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(reason);
  }
}
