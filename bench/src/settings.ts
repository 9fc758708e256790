/** The command line, and the one place that knows its defaults. */
import { parseArgs } from 'node:util';

/** What a run was asked to do. Times in ms. */
export interface Settings {
  readonly rounds: number;
  readonly measure: number;
  readonly warmUp: number;
  /** Names of the others to compare with; empty = all. */
  readonly only: readonly string[];
  /** Names of workloads; empty = all. */
  readonly workloads: readonly string[];
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
  /** Tables as Markdown. */
  readonly markdown: boolean;
  /** What follows the command. */
  readonly rest: readonly string[];
}

const defaults = { rounds: 5, measure: 500, warmUpShare: 0.5 } as const;

/** `0.5`, `0.5s` and `500ms` are the same. */
function milliseconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text);
  const value = Number(match?.[1]) * (match?.[2] === 'ms' ? 1 : 1000);
  if (!(value > 0)) throw new Error(`--measure takes seconds (0.5, 0.5s) or milliseconds (500ms), not ${text}`);
  return value;
}

const names = (given: readonly string[] | undefined): string[] => (given ?? []).flatMap((text) => text.split(','));

/** Throws with a sentence for people when something is wrong. */
export function parseSettings(args: readonly string[], fallback: { rounds?: number; measure?: number } = {}): Settings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      measure: { type: 'string' },
      only: { type: 'string', multiple: true },
      workload: { type: 'string', multiple: true },
      json: { type: 'string' },
      markdown: { type: 'boolean' },
    },
  });
  const rounds = values.rounds === undefined ? (fallback.rounds ?? defaults.rounds) : Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds takes a whole number, not ${values.rounds}`);
  const measure = values.measure === undefined ? (fallback.measure ?? defaults.measure) : milliseconds(values.measure);
  return {
    rounds,
    measure,
    warmUp: Math.max(200, measure * defaults.warmUpShare),
    only: names(values.only),
    workloads: names(values.workload),
    json: values.json,
    markdown: values.markdown === true,
    rest: positionals,
  };
}
