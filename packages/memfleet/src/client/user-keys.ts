/** The keys of a call over many keys, as the user gave them and as they go on the wire. */

/** The number of keys that are compared with a wanted one before it is looked up in a Map. */
export const near = 16;

/** Finds the user's key of a wire key. */
export class UserKeys {
  readonly #wire: readonly string[];
  readonly #given: readonly string[];
  /** The place that is tried first: most keys are wanted in their order. */
  #next = 0;
  /**
   * Wire key → the user's key. Made when a key is wanted out of order: a hash of each key would cost more than the
   * rest.
   */
  #keys: Map<string, string> | undefined;

  /** The two lists have the same order; they may be the same list. */
  constructor(wire: readonly string[], given: readonly string[]) {
    this.#wire = wire;
    this.#given = given;
  }

  /** The user's key; a wire key that is none of the call's is its own. */
  of(wire: string): string {
    if (this.#given === this.#wire) return wire;
    const end = Math.min(this.#next + near, this.#wire.length);
    for (let place = this.#next; place < end; place++) {
      if (this.#wire[place] !== wire) continue;
      this.#next = place + 1;
      return this.#given[place] as string;
    }
    this.#keys ??= new Map(this.#wire.map((key, place) => [key, this.#given[place] as string]));
    return this.#keys.get(wire) ?? wire;
  }
}
