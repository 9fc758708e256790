/**
 * What may be read: every write is entered when it begins and when it ends, and every read is judged by that. Sound: it
 * never rejects what a correct cache can do, whatever runs at the same time.
 *
 *   events, in the order this process saw them        ──1──2──3──4──5──6──7──8──9──▶ ticks
 *   write A                                             ├─────┤                       begun 1, stored 4
 *   write B                                                         ├──┤              begun 6, stored 7
 *   read that gives A                                            ├─────────┤          legal: begun before B was stored
 *   read that gives A                                                        ├──┤     stale: A ended before B began,
 *                                                                                     B before the read began
 *
 * - A write whose outcome is unknown (timed out after it was sent) may take effect at any later time, so it is never
 *   stale, until somebody reads it: then it has taken effect.
 * - Whatever a call *sees* is a witness: a version that was stored before the call began and is not what the call found
 *   is gone when the call ends, and cannot come back. A miss sees nothing; it is always legal (evicted, expired, a node
 *   that came back empty).
 * - Each key has to live on one node only: with `failure: 'redistribute'` an older value may return with its node.
 */

/** A wrong value. */
export interface Violation {
  readonly key: string;
  readonly problem: string;
}

/** A write that has begun. */
export interface PendingWrite {
  readonly key: string;
  /** Of this key, counting from 1. */
  readonly version: number;
  readonly begunAt: number;
}

interface Version {
  readonly begunAt: number;
  /** By this tick it has taken effect. */
  storedAt: number;
  /** Calls that begin after this tick must not see it. */
  staleAt: number;
  /** Somebody read it. */
  isSeen: boolean;
}

interface History {
  /** Versions entered so far. */
  count: number;
  /** Those that may still be seen by somebody; the others are known to be gone. */
  readonly versions: Map<number, Version>;
}

/** Knows which values a read may return. */
export class Ledger {
  readonly #histories = new Map<string, History>();
  #tick = 0;
  #horizon = 0;

  /** Something begins: its tick. */
  begin(): number {
    return ++this.#tick;
  }

  /** The tick given to `forget` last. */
  get horizon(): number {
    return this.#horizon;
  }

  /** Nothing that began before `tick` is in flight any more: what was stale by then need not be kept. */
  forget(tick: number): void {
    this.#horizon = tick;
  }

  /** Versions of a key entered so far. */
  count(key: string): number {
    return this.#histories.get(key)?.count ?? 0;
  }

  /** A write begins. */
  write(key: string): PendingWrite {
    const history = this.#history(key);
    for (const [version, { staleAt }] of history.versions)
      if (staleAt < this.#horizon) history.versions.delete(version);
    const write = { key, version: ++history.count, begunAt: this.begin() };
    history.versions.set(write.version, {
      begunAt: write.begunAt,
      storedAt: Infinity,
      staleAt: Infinity,
      isSeen: false,
    });
    return write;
  }

  /** It was acknowledged. */
  stored(write: PendingWrite): void {
    this.#witness(this.#history(write.key), write.version, write.begunAt);
  }

  /** It certainly had no effect: refused by the node, or never sent. */
  refused(write: PendingWrite): Violation | undefined {
    const { versions } = this.#history(write.key);
    const wasSeen = versions.get(write.version)?.isSeen === true;
    versions.delete(write.version);
    if (!wasSeen) return undefined;
    return {
      key: write.key,
      problem: `version ${write.version} was read, but its write is said to have had no effect`,
    };
  }

  /** A compare-and-swap was acknowledged whose token came with a read that ended at `readAt`. */
  swapped(write: PendingWrite, readAt: number): Violation | undefined {
    this.stored(write);
    for (const [version, { begunAt, storedAt }] of this.#history(write.key).versions) {
      if (version !== write.version && begunAt > readAt && storedAt < write.begunAt)
        return { key: write.key, problem: `a compare-and-swap overwrote version ${version}, stored after its read` };
    }
    return undefined;
  }

  /** A call that began at `begunAt` found the key absent, or deleted it. */
  absent(key: string, begunAt: number): void {
    const history = this.#histories.get(key);
    if (history !== undefined) this.#witness(history, 0, begunAt);
  }

  /** A call that began at `begunAt` read this version. Gives what is wrong with that. */
  read(key: string, version: number, begunAt: number): Violation | undefined {
    const history = this.#history(key);
    if (!(version >= 1 && version <= history.count))
      return { key, problem: `version ${version} was never written (there are ${history.count})` };
    const entry = history.versions.get(version);
    if (entry === undefined || entry.staleAt < begunAt) {
      const newest = Math.max(0, ...history.versions.keys());
      return {
        key,
        problem: `version ${version} is stale: it was overwritten or deleted before the read began (newest: ${newest})`,
      };
    }
    entry.isSeen = true;
    this.#witness(history, version, begunAt);
    return undefined;
  }

  #history(key: string): History {
    let history = this.#histories.get(key);
    if (history === undefined) {
      history = { count: 0, versions: new Map() };
      this.#histories.set(key, history);
    }
    return history;
  }

  /** At some moment between `begunAt` and now the key held `seen` (0 = nothing). */
  #witness(history: History, seen: number, begunAt: number): void {
    const now = ++this.#tick;
    for (const [version, entry] of history.versions) {
      if (version === seen) entry.storedAt = Math.min(entry.storedAt, now);
      else if (entry.storedAt < begunAt) entry.staleAt = Math.min(entry.staleAt, now);
    }
  }
}
