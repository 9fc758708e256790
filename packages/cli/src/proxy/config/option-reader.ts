/**
 * Reads the values of a document by the tables of options, and collects what is wrong, each with its place:
 *
 *   document ─▶ table ─▶ option ─▶ kind ─▶ kind-readers.ts: how a value of the kind is written in a file
 *                 └▶ unknown and missing keys
 */
import { type AnyOptions, type Kind, suggestion } from 'memfleet/proxy';
import type { ReadContext } from './context.ts';
import type { ConfigDocument } from './document.ts';
import { isTable, shown } from './file-kinds.ts';
import { readerOf } from './kind-readers.ts';
import { ConfigError, type ConfigProblem, type Path } from './problem.ts';
import { standInFor } from './stand-in.ts';
import type { ValueReader } from './value-reader.ts';

/** Reads one document. */
export class OptionReader implements ValueReader {
  readonly context: ReadContext;
  readonly #problems: ConfigProblem[] = [];
  /** Where they are. */
  readonly #places: Path[] = [];
  readonly #problem: ConfigDocument['problem'];

  constructor(document: Pick<ConfigDocument, 'problem'>, context: ReadContext) {
    this.context = context;
    this.#problem = document.problem;
  }

  /** Throws ConfigError when something is wrong. */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
  }

  /** What is wrong so far. */
  get problems(): readonly ConfigProblem[] {
    return this.#problems;
  }

  /** Is something wrong with the value at a path, with a part of it, or with what it is a part of? */
  hasProblem(path: Path): boolean {
    return this.#places.some((place) => {
      const depth = Math.min(place.length, path.length);
      return place.slice(0, depth).every((key, index) => String(key) === String(path[index]));
    });
  }

  /** Is something wrong with the value at this very path? */
  hasProblemAt(path: Path): boolean {
    return this.#places.some((place) => place.length === path.length && place.every((key, at) => key === path[at]));
  }

  /** Reports a problem with the value at a path, or with its key. */
  report(path: Path, message: string, isKey = false): undefined {
    this.#places.push(path);
    this.#problems.push(this.#problem(path, message, isKey));
    return undefined;
  }

  /** Reports a value that is not what it must be. `isShown`: the value is not secret. */
  misfit(value: unknown, path: Path, wanted: string, isShown = true): undefined {
    if (value === undefined) return this.report(path, `is missing: ${wanted}`);
    return this.report(path, `must be ${wanted}${isShown ? `, not ${shown(value)}` : ''}`);
  }

  /** A value of a kind; undefined when it does not fit, which is then a problem. */
  value<T>(kind: Kind<T>, value: unknown, path: Path): T | undefined {
    return readerOf(kind)(this, kind, value, path) as T | undefined;
  }

  /**
   * A table of options; undefined when it is none. Options that do not fit are left out, or have a stand-in where they
   * must be there.
   */
  table(options: AnyOptions, value: unknown, path: Path): Readonly<Record<string, unknown>> | undefined {
    if (!isTable(value)) return this.misfit(value, path, 'a table');
    const entries: [string, unknown][] = [];
    const known = Object.keys(options).filter((name) => options[name]?.kind.name !== 'live');
    for (const name of known) {
      const { kind, isRequired } = options[name] as AnyOptions[string];
      if (!Object.hasOwn(value, name) && isRequired !== true) continue;
      const read = this.value(kind, value[name], [...path, name]);
      const isNeeded = isRequired === true || kind.name === 'secret';
      const result = read === undefined && isNeeded ? standInFor(kind) : read;
      if (result !== undefined) entries.push([name, result]);
    }
    for (const key of Object.keys(value))
      if (!known.includes(key)) this.report([...path, key], `unknown key${suggestion(key, known)}`, true);
    return Object.fromEntries(entries);
  }

  /** A table whose keys are names that the user gives. */
  named<T>(kind: Kind<T>, value: unknown, path: Path): Record<string, T> | undefined {
    if (!isTable(value)) {
      const isShown = kind.name !== 'secret' || typeof value === 'object';
      return this.misfit(value, path, 'a table', isShown);
    }
    const entries = Object.entries(value).map(([name, entry]) => [
      name,
      this.value(kind, entry, [...path, name]) ?? standInFor(kind),
    ]);
    return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined)) as Record<string, T>;
  }

  /** A list with at least `least` entries. */
  list<T>(kind: Kind<T>, value: unknown, path: Path, least = 0): readonly T[] | undefined {
    if (!Array.isArray(value)) return this.misfit(value, path, 'a list');
    if (value.length < least) return this.report(path, 'must not be empty');
    const entries = value.map(
      (entry: unknown, index) => this.value(kind, entry, [...path, index]) ?? (standInFor(kind) as T | undefined),
    );
    return entries.filter((entry): entry is NonNullable<typeof entry> => entry !== undefined);
  }
}
