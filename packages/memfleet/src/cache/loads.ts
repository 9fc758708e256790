/**
 * The loads of a process in progress, one for each key. Who comes later joins it; a write of this process detaches it,
 * so that later callers begin anew while those that wait still get its value.
 */

import type { TagVersions } from './seams.ts';

/** A load in progress, or the wait for one of another process. */
export interface Run {
  promise: Promise<unknown>;
  /** Stands for its loader, which may load other keys as well; for `isWithin`. */
  readonly frame: object;
  /** The versions of the tags under which it began; '' = no tags. Callers with other versions do not join it. */
  readonly tagVersions: string;
}

/** The runs of a process, by wire key. */
export class Loads {
  readonly #runs = new Map<string, Run>();

  find(key: string): Run | undefined {
    return this.#runs.get(key);
  }

  /** Begins a run in place of an earlier one. `work` is called at once. */
  begin(key: string, tagVersions: string, work: (run: Run) => Promise<unknown>, frame: object = {}): Run {
    const run: Run = { promise: neverSettled, tagVersions, frame };
    this.#runs.set(key, run);
    run.promise = work(run).finally(() => {
      if (this.#runs.get(key) === run) this.#runs.delete(key);
    });
    return run;
  }

  /** Callers that come later do not join the run of the key. */
  detach(key: string): void {
    if (this.#runs.size > 0) this.#runs.delete(key);
  }
}

/** The versions of tags as one text. */
export function versionsOf(tags: TagVersions): string {
  return tags.size === 0 ? '' : [...tags.values()].join();
}

const neverSettled = new Promise<never>(() => {});
