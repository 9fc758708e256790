/**
 * The keys of a namespace: they hang on its version, so that all are misses once it has another.
 *
 *   begin ─┬─▶ attempt with the keys of the version that is guessed ─┐
 *          └─▶ read of the version ─ the guess was right ────────────┴─▶ its result
 *                                  └ another ─▶ attempt with the right keys ─▶ its result
 *
 * Both leave in one write. What an attempt does under the keys of another version is never seen: such a version is over
 * and does not come again.
 */
import { isOfCache } from './core.ts';
import type { CacheCounters } from './counters.ts';
import type { KeyMaker } from './keys.ts';
import type { Space } from './seams.ts';
import type { Versions } from './versions.ts';

/** Keys made of those of the space around and of a version. */
interface MadeKeys {
  readonly outer: KeyMaker;
  readonly stamp: string;
  readonly keys: KeyMaker;
}

/** What the namespaces of a cache share. */
export interface NamespaceParts {
  readonly versions: Versions;
  readonly counters: CacheCounters;
}

/** A namespace within another space. */
export class NamespaceSpace implements Space {
  readonly id: string;
  readonly fixedKeys: undefined = undefined;
  readonly version: number;
  readonly #outer: Space;
  readonly #name: string;
  readonly #parts: NamespaceParts;
  #made: MadeKeys | undefined;

  constructor(outer: Space, name: string, parts: NamespaceParts) {
    this.id = outer.id === '' ? name : `${outer.id}:${name}`;
    this.version = outer.version;
    this.#outer = outer;
    this.#name = name;
    this.#parts = parts;
  }

  async begin<R>(attempt: (keys: KeyMaker) => Promise<R>): Promise<{ readonly result: R; readonly keys: KeyMaker }> {
    const { fixedKeys } = this.#outer;
    if (fixedKeys !== undefined) return this.#beginIn(fixedKeys, attempt);
    return (await this.#outer.begin((keys) => this.#beginIn(keys, attempt))).result;
  }

  withVersion(version: number): Space {
    return new NamespaceSpace(this.#outer.withVersion(version), this.#name, this.#parts);
  }

  async clear(): Promise<void> {
    await this.#outer.begin((keys) => this.#parts.versions.renew(keys.namespaceVersion(this.#name)));
  }

  async #beginIn<R>(
    outer: KeyMaker,
    attempt: (keys: KeyMaker) => Promise<R>,
  ): Promise<{ readonly result: R; readonly keys: KeyMaker }> {
    const { counters, versions } = this.#parts;
    const { guess, isKnown, stamp: reading } = versions.read(outer.namespaceVersion(this.#name));
    const guessed = this.#keysOf(outer, guess);
    const attempted = attempt(guessed);
    // It counts only if the guess was right.
    attempted.catch(() => {});
    const stamp = await this.#versionOr(reading, attempted);
    if (stamp === guess) return { result: await attempted, keys: guessed };
    if (isKnown) counters.misses.version++;
    const keys = this.#keysOf(outer, stamp);
    return { result: await attempt(keys), keys };
  }

  /** A wrong call is refused also where the version cannot be read. */
  async #versionOr(reading: Promise<string>, attempted: Promise<unknown>): Promise<string> {
    try {
      return await reading;
    } catch (error) {
      await attempted.catch((fault: unknown) => {
        if (!isOfCache(fault)) throw fault;
      });
      throw error;
    }
  }

  #keysOf(outer: KeyMaker, stamp: string): KeyMaker {
    const made = this.#made;
    if (made?.outer === outer && made.stamp === stamp) return made.keys;
    const keys = outer.within(this.#name, stamp);
    this.#made = { outer, stamp, keys };
    return keys;
  }
}
