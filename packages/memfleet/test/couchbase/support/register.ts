/**
 * What may be read of a key that has one writer. The versions that it writes go up: one that was acknowledged is there,
 * or a later one that may have been sent.
 */
export class Register {
  /** The last version that is known to be stored; 0 = none. */
  acknowledged = 0;
  /** Writes that succeeded, in all. */
  writes = 0;
  /** Writes that failed though they may have been executed, in all. */
  ambiguous = 0;
  #last = 0;
  readonly #maybe = new Set<number>();

  /** Begins a write. Returns its version. */
  begin(): number {
    return ++this.#last;
  }

  /** The write of this version is stored. */
  stored(version: number): void {
    this.writes++;
    this.#settle(version);
  }

  /** The write of this version failed; `isSent`: the node may have executed it. */
  failed(version: number, isSent: boolean): void {
    if (!isSent) return;
    this.ambiguous++;
    this.#maybe.add(version);
  }

  /** What is wrong with a version that was read; undefined = nothing. */
  faultOf(version: number): string | undefined {
    if (version === this.acknowledged) return undefined;
    if (this.#maybe.has(version)) {
      this.#settle(version);
      return undefined;
    }
    const maybe = [...this.#maybe].join(', ') || 'none';
    return `read ${version}, where ${this.acknowledged} was acknowledged (not known: ${maybe})`;
  }

  #settle(version: number): void {
    this.acknowledged = version;
    this.#maybe.clear();
  }
}
