/**
 * The keys of a namespace: they hang on its version, so that all are misses once it has another.
 *
 *   begin ─┬─▶ attempt with the keys of the version that is guessed ─┐
 *          └─▶ read of the version ─ the guess was right ────────────┴─▶ its result
 *                                  └ another ─▶ attempt with the right keys ─▶ its result
 *
 * Both leave in one write. No caller sees the effects of an attempt under the keys of another version: that version has
 * ended and does not return.
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
  readonly versionKey: string;
}

/** What an attempt with the right keys has given. */
interface Begun<R> {
  readonly result: R;
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

  begin<R>(attempt: (keys: KeyMaker) => Promise<R>): Promise<Begun<R>> {
    const { fixedKeys } = this.#outer;
    if (fixedKeys !== undefined) return this.#beginIn(fixedKeys, attempt);
    return this.#outer.begin((keys) => this.#beginIn(keys, attempt)).then(({ result }) => result);
  }

  withVersion(version: number): Space {
    return new NamespaceSpace(this.#outer.withVersion(version), this.#name, this.#parts);
  }

  async clear(): Promise<void> {
    await this.#outer.begin((keys) => this.#parts.versions.renew(keys.namespaceVersion(this.#name)));
  }

  async #beginIn<R>(outer: KeyMaker, attempt: (keys: KeyMaker) => Promise<R>): Promise<Begun<R>> {
    const { counters, versions } = this.#parts;
    const { guess, isKnown, stamp: reading } = versions.read(this.#versionKey(outer));
    const guessed = this.#keysOf(outer, guess);
    const attempted = attempt(guessed);
    // It counts only if the guess was right.
    attempted.catch(() => {});
    let stamp: string;
    try {
      stamp = await reading;
    } catch (error) {
      await refuseFault(attempted);
      throw error;
    }
    if (stamp === guess) return { result: await attempted, keys: guessed };
    if (isKnown) counters.misses.version++;
    const keys = this.#keysOf(outer, stamp);
    return { result: await attempt(keys), keys };
  }

  #versionKey(outer: KeyMaker): string {
    const made = this.#made;
    return made?.outer === outer ? made.versionKey : outer.namespaceVersion(this.#name);
  }

  #keysOf(outer: KeyMaker, stamp: string): KeyMaker {
    const made = this.#made;
    if (made?.outer === outer && made.stamp === stamp) return made.keys;
    const keys = outer.within(this.#name, stamp);
    this.#made = { outer, stamp, keys, versionKey: outer.namespaceVersion(this.#name) };
    return keys;
  }
}

/** A wrong call is refused also where the version cannot be read. */
async function refuseFault(attempted: Promise<unknown>): Promise<void> {
  await attempted.catch((fault: unknown) => {
    if (!isOfCache(fault)) throw fault;
  });
}
