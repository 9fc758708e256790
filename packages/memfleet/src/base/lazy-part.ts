/**
 * A part of the library that few programs need: loaded by `import()` when something needs it first, so that a bundler
 * puts it into a file of its own, and Node reads no file of it before.
 *
 *   load ─▶ import() ─┬ loaded: `value` from then on
 *                     └ failed: the next `load` tries again
 *   provide ─────────▶ `value` at once: for virtual time, in which no file is read
 *
 * The `import()` is not in the file of the part: a bundler would divide programs that need no division.
 */

/** A part that is loaded when it is needed. */
export class LazyPart<T extends object> {
  #import: () => Promise<T> = () => Promise.reject(new Error('importBy was not called for this part of memfleet'));
  #value: T | undefined;
  #loading: Promise<T> | undefined;

  /** `load`: the `import()` of the part. */
  importBy(load: () => Promise<T>): void {
    this.#import = load;
  }

  /** The part; undefined = it is not loaded yet. */
  get value(): T | undefined {
    return this.#value;
  }

  /** The part, where it is loaded for certain. */
  get loaded(): T {
    if (this.#value === undefined) throw new Error('a part of memfleet is used before it is loaded');
    return this.#value;
  }

  /** Gives it the part, which is loaded already. */
  provide(value: T): void {
    this.#value = value;
  }

  /** Loads the part. Rejects with the error of the `import()`. */
  load(): Promise<T> {
    this.#loading ??= this.#import().then(
      (value) => (this.#value ??= value),
      (error: unknown) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }
}
