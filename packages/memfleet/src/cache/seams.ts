/** What the loads of the cache need of namespaces and tags. */
import type { KeyMaker } from './keys.ts';

/** Where keys live: the cache itself, or a namespace within it. */
export interface Space {
  /** Tells spaces apart; '' = the cache itself. */
  readonly id: string;
  /** The keys, where they never change; undefined: they hang on a version that each call reads. */
  readonly fixedKeys: KeyMaker | undefined;
  /**
   * Runs an attempt with keys that may be a guess, and again with the right ones. The result is that of the attempt
   * with the right keys.
   */
  begin<R>(attempt: (keys: KeyMaker) => Promise<R>): Promise<{ readonly result: R; readonly keys: KeyMaker }>;
}

/** The versions of tags, by name. */
export type TagVersions = ReadonlyMap<string, string>;

/** Reads the versions of tags. */
export interface TagReader {
  /** The versions as they are now; a tag that has none receives one. Sent in the turn of the call. */
  read(names: readonly string[]): Promise<TagVersions>;
}

export const noTags: TagVersions = new Map();

/** The space of the cache itself. */
export function rootSpace(keys: KeyMaker): Space {
  return {
    id: '',
    fixedKeys: keys,
    begin: async (attempt) => ({ result: await attempt(keys), keys }),
  };
}
