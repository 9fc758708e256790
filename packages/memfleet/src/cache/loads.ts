/**
 * The loads of a process in progress, one for each key. Later callers join it. A write of this process detaches it:
 * later callers begin a new load, and those that wait already still receive its value.
 */

import { noTags, type TagVersions } from './seams.ts';

/** Stands for the loader of a run, which may load other keys as well. */
export interface LoadFrame {
  /** The versions, before the load, of the tags that its loader has added; known when the run is over. */
  addedTags: TagVersions;
}

/** A frame for a loader that has added no tags. */
export function newFrame(): LoadFrame {
  return { addedTags: noTags };
}

/** A load in progress, or the wait for one of another process. */
export interface Run {
  promise: Promise<unknown>;
  readonly frame: LoadFrame;
  /** The versions of the tags under which it loads; '' = no tags. Callers with other versions do not join it. */
  tagVersions: string;
}

/** What is known of the tags of a request. */
interface TaggedRequest {
  readonly settings: { readonly tags: readonly string[] };
  /** None where they could not be read. */
  readonly tags: TagVersions;
}

/** The runs of a process, by wire key. */
export class Loads {
  readonly #runs = new Map<string, Run>();

  find(key: string): Run | undefined {
    return this.#runs.get(key);
  }

  /** False: a write of this process has detached the run, so its value may be old. */
  isCurrent(key: string, run: Run): boolean {
    return this.#runs.get(key) === run;
  }

  /** Begins a run in place of an earlier one. `work` is called at once. */
  begin(key: string, tagVersions: string, work: (run: Run) => Promise<unknown>, frame: LoadFrame = newFrame()): Run {
    const run: Run = { promise: neverSettled, tagVersions, frame };
    this.#runs.set(key, run);
    run.promise = work(run).finally(() => {
      if (this.isCurrent(key, run)) this.#runs.delete(key);
    });
    return run;
  }

  /** Resolves when all runs are over, however they end. */
  async settled(): Promise<void> {
    await Promise.allSettled(Array.from(this.#runs.values(), ({ promise }) => promise));
  }

  /** Callers that come later join no run whose key begins with `prefix`. */
  detachAll(prefix = ''): void {
    for (const key of this.#runs.keys()) if (key.startsWith(prefix)) this.#runs.delete(key);
  }

  /** The same of the runs of entries with tags whose versions are not known. */
  detachUnknown(): void {
    for (const [key, { tagVersions }] of this.#runs) if (tagVersions === unknown) this.#runs.delete(key);
  }

  /** Callers that come later do not join the run of the key. */
  detach(key: string): void {
    if (this.#runs.size > 0) this.#runs.delete(key);
  }
}

/** Stands for the versions of tags that could not be read. */
const unknown = '?';

/** The versions of the tags of a request as one text; '' = it has none. */
export function versionsOf({ settings, tags }: TaggedRequest): string {
  if (tags.size > 0) return [...tags.values()].join();
  return settings.tags.length === 0 ? '' : unknown;
}

const neverSettled = new Promise<never>(() => {});
