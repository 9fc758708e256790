/**
 * Counts the loads of each key, and how many run at once.
 *
 * A delete ends the right of a load in progress to store its value, so the next reader loads again beside it. A node
 * that is out can choose nobody. So "at once" are loads of one generation of a key: begun after its last delete, and
 * while nobody was deleting it and its node was there.
 */

/** Counts loads. */
export class LoadCount {
  /** All loads, and those since `take`. */
  total = 0;
  #recent = 0;
  /** The most loads of one key that ran together, whatever happened, and of one generation. */
  most = 0;
  mostOfGeneration = 0;
  readonly #byKey = new Map<string, number>();
  readonly #running = new Map<string, number>();
  readonly #generations = new Map<string, number>();
  readonly #disturbed = new Map<string, number>();
  readonly #isOut: (key: string) => boolean;
  #outages = 0;

  /** `isOut`: whether the node of the key is out. */
  constructor(isOut: (key: string) => boolean) {
    this.#isOut = isOut;
  }

  /** A load begins; the function that it gives ends it. */
  begin(key: string): () => void {
    this.total++;
    this.#recent++;
    this.#byKey.set(key, (this.#byKey.get(key) ?? 0) + 1);
    const isCounted = !this.#isOut(key) && !this.#disturbed.has(key);
    const ids = [key, ...(isCounted ? [`${key} ${this.#generations.get(key) ?? 0} ${this.#outages}`] : [])];
    const [all = 0, own = 0] = ids.map((id) => this.#change(id, 1));
    this.most = Math.max(this.most, all);
    this.mostOfGeneration = Math.max(this.mostOfGeneration, own);
    return () => ids.forEach((id) => this.#change(id, -1));
  }

  /** A delete of the key is sent; the function that it gives says that it was answered. */
  deleting(key: string): () => void {
    this.#disturbed.set(key, (this.#disturbed.get(key) ?? 0) + 1);
    return () => {
      this.#generations.set(key, (this.#generations.get(key) ?? 0) + 1);
      const left = (this.#disturbed.get(key) ?? 1) - 1;
      if (left === 0) this.#disturbed.delete(key);
      else this.#disturbed.set(key, left);
    };
  }

  /** A node has gone or come back. */
  turned(): void {
    this.#outages++;
  }

  of(key: string): number {
    return this.#byKey.get(key) ?? 0;
  }

  /** Loads since the last call. */
  take(): number {
    const recent = this.#recent;
    this.#recent = 0;
    return recent;
  }

  #change(id: string, by: number): number {
    const count = (this.#running.get(id) ?? 0) + by;
    if (count === 0) this.#running.delete(id);
    else this.#running.set(id, count);
    return count;
  }
}
