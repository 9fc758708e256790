/**
 * The state of a copy, in a file, so that one that was stopped continues: FILE has what was copied so far, FILE.keys
 * the list of keys. FILE is written anew, under another name, and renamed, so that it is always whole.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fail, reasonOf, writing } from '../failure.ts';
import type { OutcomeCounts } from './outcome.ts';

/** What a copy copies. Only a copy of the same can continue it. */
export interface CopySubject {
  readonly source: string;
  readonly target: string;
  readonly sourcePrefix: string;
  readonly targetPrefix: string;
  readonly match: string;
  readonly replace: boolean;
}

/** How far a copy is. */
export interface CopyState {
  readonly subject: CopySubject;
  /** Keys of the list. */
  readonly keys: number;
  /** Keys that were copied or left out. */
  readonly done: number;
  /** The place in the list before which all keys are done. */
  readonly place: number;
  readonly outcome: OutcomeCounts;
  /** Nodes that did not list their keys, with their messages. */
  readonly unlisted: readonly string[];
}

const version = 1;

/** The two files of one copy. */
export class StateFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get keysPath(): string {
    return `${this.path}.keys`;
  }

  /** The state that an earlier run left behind, if there is one. Throws UsageError for that of another copy. */
  read(subject: CopySubject): CopyState | undefined {
    if (!existsSync(this.path)) return undefined;
    const state = this.#parse();
    const different = (Object.keys(subject) as (keyof CopySubject)[]).find(
      (name) => state.subject[name] !== subject[name],
    );
    if (different !== undefined)
      fail(
        `--state: ${this.path} belongs to a copy with another ${wordsOf[different]} (${state.subject[different]}); remove it to start again`,
      );
    if (!existsSync(this.keysPath))
      fail(`--state: ${this.keysPath}, the list of keys, is missing; remove ${this.path}`);
    return state;
  }

  write(state: CopyState): void {
    const temporary = `${this.path}.new`;
    writing(this.path, () => {
      writeFileSync(temporary, `${JSON.stringify({ version, ...state })}\n`, { mode: 0o600 });
      renameSync(temporary, this.path);
    });
  }

  remove(): void {
    for (const path of [this.path, this.keysPath]) rmSync(path, { force: true });
  }

  #parse(): CopyState {
    try {
      const state = JSON.parse(readFileSync(this.path, 'utf8')) as Partial<
        CopyState & { readonly version: unknown }
      > | null;
      const isState = state?.version === version && Number.isSafeInteger(state.place);
      if (isState && typeof state.subject === 'object' && typeof state.outcome === 'object') return state as CopyState;
    } catch (error) {
      if (!(error instanceof SyntaxError)) fail(`--state: cannot read ${this.path}: ${reasonOf(error)}`);
    }
    return fail(`--state: ${this.path} is not the state of a copy`);
  }
}

const wordsOf: Readonly<Record<keyof CopySubject, string>> = {
  source: 'source',
  target: 'target',
  sourcePrefix: 'prefix',
  targetPrefix: 'target prefix',
  match: 'pattern',
  replace: '--replace',
};
