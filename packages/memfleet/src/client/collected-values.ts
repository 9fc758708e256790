/** The values of a call over many keys, in the shape that the caller asked for. */
import { near, type UserKeys } from './user-keys.ts';

/** Collects values by wire key. `R`: the result of the call. */
export interface CollectedValues<T, R> {
  set(wire: string, value: T): void;
  has(wire: string): boolean;
  /** Called once, when all replies have arrived. */
  result(): R;
  /** The same by the user's keys. */
  byKey(): ReadonlyMap<string, T>;
}

/** A Map by the user's keys. */
export class ValueMap<T> implements CollectedValues<T, Map<string, T>> {
  readonly #values = new Map<string, T>();
  readonly #userKeys: UserKeys | undefined;

  /** Without `userKeys`, the wire keys are the user's. */
  constructor(userKeys?: UserKeys) {
    this.#userKeys = userKeys;
  }

  set(wire: string, value: T): void {
    this.#values.set(this.#userKeys?.of(wire) ?? wire, value);
  }

  has(wire: string): boolean {
    return this.#values.has(this.#userKeys?.of(wire) ?? wire);
  }

  result(): Map<string, T> {
    return this.#values;
  }

  byKey(): ReadonlyMap<string, T> {
    return this.#values;
  }
}

/**
 * An array in the order of the keys. Most values arrive in that order, so the key of the next one is compared with the
 * next keys: no Map, no hash (docs/performance.md, "getMany as an array").
 */
export class ValueArray<T> implements CollectedValues<T, (T | undefined)[]> {
  readonly #keys: readonly string[];
  readonly #userKeys: UserKeys;
  readonly #values: (T | undefined)[] = [];
  /** The number of places that have a value. */
  #count = 0;
  /** The place that is tried first. */
  #next = 0;
  /** Wire key → its first place. Made when a value arrives out of order. */
  #places: Map<string, number> | undefined;

  /** `keys`: as they go on the wire. */
  constructor(keys: readonly string[], userKeys: UserKeys) {
    this.#keys = keys;
    this.#userKeys = userKeys;
    // At once: an array that grows is copied several times.
    this.#values.length = keys.length;
    this.#values.fill(undefined);
  }

  set(wire: string, value: T): void {
    const values = this.#values;
    const place = this.#keys[this.#next] === wire ? this.#next : this.#seek(wire);
    if (place < 0) return;
    // Otherwise the place has the value of an earlier reply to the same key.
    if (values[place] === undefined) this.#count++;
    values[place] = value;
    this.#next = place + 1;
  }

  has(wire: string): boolean {
    return this.#values[this.#placeOf(wire) ?? -1] !== undefined;
  }

  result(): (T | undefined)[] {
    if (this.#count < this.#keys.length) this.#repeat();
    return this.#values;
  }

  byKey(): ReadonlyMap<string, T> {
    const values = new Map<string, T>();
    for (const [place, wire] of this.#keys.entries()) {
      const value = this.#values[place];
      if (value !== undefined) values.set(this.#userKeys.of(wire), value);
    }
    return values;
  }

  /** The place of a value that is not the next one; -1 = nobody asked for the key. */
  #seek(wire: string): number {
    const end = Math.min(this.#next + near, this.#keys.length);
    for (let place = this.#next + 1; place < end; place++) if (this.#keys[place] === wire) return place;
    const first = this.#placeOf(wire);
    if (first === undefined) return -1;
    if (this.#values[first] === undefined) return first;
    const second = this.#keys.indexOf(wire, first + 1);
    return second < 0 ? first : second;
  }

  #placeOf(wire: string): number | undefined {
    if (this.#places === undefined) {
      this.#places = new Map();
      for (let place = this.#keys.length - 1; place >= 0; place--) this.#places.set(this.#keys[place] as string, place);
    }
    return this.#places.get(wire);
  }

  /** A key that was given twice has its value in both places, also if the node sent it once. */
  #repeat(): void {
    const values = this.#values;
    const found = new Map<string, T>();
    for (const [place, wire] of this.#keys.entries()) {
      const value = values[place];
      if (value !== undefined) found.set(wire, value);
    }
    for (const [place, wire] of this.#keys.entries()) if (values[place] === undefined) values[place] = found.get(wire);
  }
}
