/** The part of OptionReader that the readers of single values use. */
import type { AnyOptions, Kind } from 'memfleet/proxy';
import type { ReadContext } from './context.ts';
import type { Path } from './problem.ts';

/** Reads the values within a value, and reports what is wrong with them. Each method gives undefined for a problem. */
export interface ValueReader {
  readonly context: ReadContext;
  /** Reports a problem with the value at a path, or with its key. */
  report(path: Path, message: string, isKey?: boolean): undefined;
  /** Reports a value that is not what it must be. `isShown`: the value is not secret. */
  misfit(value: unknown, path: Path, wanted: string, isShown?: boolean): undefined;
  /** A table of options. */
  table(options: AnyOptions, value: unknown, path: Path): Readonly<Record<string, unknown>> | undefined;
  /** A table whose keys are names that the user gives. */
  named<T>(kind: Kind<T>, value: unknown, path: Path): Record<string, T> | undefined;
  /** A list with at least `least` entries. @default 0 */
  list<T>(kind: Kind<T>, value: unknown, path: Path, least?: number): readonly T[] | undefined;
}
