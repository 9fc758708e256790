/** What the reading of a configuration depends on, beside its text: other files, the environment. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reasonOf } from '../../failure.ts';
import { isOpenToAll, openToAll } from '../../logins.ts';

/** What reading a configuration depends on besides its text: other files and the environment. */
export class ReadContext {
  readonly #directory: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #files = new Map<string, string>();
  readonly #notes = new Set<string>();

  /** File names are relative to `directory`. */
  constructor(directory: string, environment: Readonly<Record<string, string | undefined>> = process.env) {
    this.#directory = directory;
    this.#environment = environment;
  }

  /** The files that were read, with their contents: what has to be watched. */
  get files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  /** Files with secrets that everybody may read, in words for the user. */
  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** The file of that name has secrets in it. */
  noteSecrets(name: string): void {
    const path = resolve(this.#directory, name);
    if (isOpenToAll(path)) this.#notes.add(openToAll(path));
  }

  /** The file that is being read itself has secrets in it. */
  noteOwnSecrets(): void {
    const [own] = this.#files.keys();
    if (own !== undefined) this.noteSecrets(own);
  }

  variable(name: string): string | undefined {
    return this.#environment[name];
  }

  /** Throws an Error in words for the user. */
  read(name: string): string {
    const path = resolve(this.#directory, name);
    try {
      const text = readFileSync(path, 'utf8');
      this.#files.set(path, text);
      return text;
    } catch (error) {
      // It is looked at again when it appears.
      this.#files.set(path, '');
      throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }
}
