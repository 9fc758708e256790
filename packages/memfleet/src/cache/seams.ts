/** What the loads of the cache need of namespaces and tags. */
import type { KeyMaker } from './keys.ts';

/** Where keys live: the cache itself, or a namespace within it. */
export interface Space {
  /** Tells spaces apart; '' = the cache itself. */
  readonly id: string;
  /** The keys, where they never change; undefined: they hang on a version that each call reads. */
  readonly fixedKeys: KeyMaker | undefined;
  /** The version of its values. */
  readonly version: number;
  /**
   * Runs an attempt with keys that may be a guess, and again with the right ones. The result is that of the attempt
   * with the right keys.
   */
  begin<R>(attempt: (keys: KeyMaker) => Promise<R>): Promise<{ readonly result: R; readonly keys: KeyMaker }>;
  /** The same space for another version of the values. */
  withVersion(version: number): Space;
  /** Makes all its keys misses. Undefined: only those of a namespace can be. */
  clear?(): Promise<void>;
}

/** The versions of tags, by name. */
export type TagVersions = ReadonlyMap<string, string>;

/** Reads the versions of tags. */
export interface TagReader {
  /** The versions as they are now; a tag that has none receives one. Sent in one write with the calls of this turn. */
  read(names: readonly string[]): Promise<TagVersions>;
}

export const noTags: TagVersions = new Map();

/** The space of the cache itself. */
export function rootSpace(keys: KeyMaker): Space {
  return {
    id: '',
    fixedKeys: keys,
    version: keys.version,
    begin: async (attempt) => ({ result: await attempt(keys), keys }),
    withVersion: (version) => rootSpace(keys.withVersion(version)),
  };
}
