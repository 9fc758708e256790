/** What is wrong with a configuration, and where. */
import { UsageError } from '../../failure.ts';
import { redactMessage } from './redact.ts';

/** A place in a file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The keys that lead to a value: `['clusters', 'main', 'nodes', 0]`. */
export type Path = readonly (string | number)[];

/** One thing that is wrong. */
export interface ConfigProblem {
  /** The file, or the option of the command line. */
  readonly file: string;
  /** Where in the file; undefined where there is no file to point into. */
  readonly position: Position | undefined;
  /** The key as people write it, `clusters.main.nodes[0]`; '' = all of it. */
  readonly key: string;
  readonly message: string;
}

/** A configuration was refused. The message has one line for each problem. */
export class ConfigError extends UsageError {
  readonly problems: readonly ConfigProblem[];

  /** Secrets are taken out of what is quoted. */
  constructor(problems: readonly ConfigProblem[]) {
    const clean = problems.map((problem) => ({
      ...problem,
      file: redactMessage(problem.file),
      key: redactMessage(problem.key),
      message: redactMessage(problem.message),
    }));
    super(clean.map(formatProblem).join('\n'));
    this.problems = clean;
  }
}

/** `proxy.yml:3:5: listeners[0].port: must be …` */
export function formatProblem({ file, position, key, message }: ConfigProblem): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return key === '' ? `${place}: ${message}` : `${place}: ${key}: ${message}`;
}

/** `clusters.main.nodes[0]`; keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/**
 * The reverse of `formatPath`, for names of options in messages of the library: `clusters.main.pool.max`,
 * `listeners[0].port`.
 */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, word]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (word as string) : (JSON.parse(quoted) as string);
  });
}
