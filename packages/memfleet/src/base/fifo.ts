/**
 * A first-in first-out queue as a ring: push and shift take the same time at any depth, where `Array.shift` takes
 * microseconds beyond 50 000 entries.
 *
 *      head            head + length
 *        ▼                 ▼
 *   [ .  A  B  C  D  E  F  .  . ]      capacity is a power of two
 */
export class Fifo<T> {
  #ring: (T | undefined)[];
  #mask: number;
  #head = 0;
  #length = 0;

  constructor(capacity = 16) {
    let size = 2;
    while (size < capacity) size *= 2;
    this.#ring = Array.from({ length: size }, () => undefined);
    this.#mask = size - 1;
  }

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#ring[(this.#head + this.#length) & this.#mask] = item;
    this.#length++;
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#head = (this.#head - 1) & this.#mask;
    this.#ring[this.#head] = item;
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length--;
    return item;
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** The entry `index` places behind the head. */
  at(index: number): T | undefined {
    return index < 0 || index >= this.#length ? undefined : this.#ring[(this.#head + index) & this.#mask];
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.#length; i++) yield this.at(i) as T;
  }

  /** Keeps the entries that `keep` accepts, in order. */
  filter(keep: (item: T) => boolean): void {
    for (let n = this.#length; n > 0; n--) {
      const item = this.shift() as T;
      if (keep(item)) this.push(item);
    }
  }

  #grow(): void {
    const ring = Array.from<T | undefined>({ length: (this.#mask + 1) * 2 });
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[(this.#head + i) & this.#mask];
    this.#ring = ring;
    this.#mask = ring.length - 1;
    this.#head = 0;
  }
}
