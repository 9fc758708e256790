/** Errors of the cache beside those of the client. */
import { MemcacheError } from '../core/errors.ts';

/**
 * The loader of this key has just failed in another process, and there is no old value. The error's message stays in
 * that process, since it may hold secrets.
 */
export class LoaderFailedElsewhereError extends MemcacheError {
  override readonly code = 'ERR_LOADER_FAILED_ELSEWHERE';
  /** The name of the error that the loader threw, `TypeError`. */
  readonly errorName: string;
  /** The `code` of that error, if it has one. */
  readonly errorCode: string | undefined;
  /** When it failed: milliseconds since 1970, by the clock of that process. */
  readonly at: number;

  constructor(key: string, failed: { readonly at: number; readonly name: string; readonly code: string | undefined }) {
    const code = failed.code === undefined ? '' : ` (${failed.code})`;
    super(`the loader of ${JSON.stringify(key)} failed a moment ago with ${failed.name}${code}`);
    this.errorName = failed.name;
    this.errorCode = failed.code;
    this.at = failed.at;
  }
}

/** A loader asks the cache for the key that it is loading, itself or through other loaders: it would wait for ever. */
export class LoadCycleError extends MemcacheError {
  override readonly code = 'ERR_LOAD_CYCLE';

  constructor(key: string) {
    super(`the loader of ${JSON.stringify(key)} asks for the same key`);
  }
}
