/** The command line. */
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/index.ts';

/** What to do. */
export interface Settings {
  readonly scenarios: readonly string[];
  readonly first: number;
  /** Seeds of each scenario at most. */
  readonly seeds: number;
  /** ms of real time after which no seed begins. */
  readonly time: number;
  readonly twice: boolean;
  readonly trace: boolean;
  readonly key: string | undefined;
  readonly shrink: boolean;
  /** Ends at the first failure. */
  readonly stopsEarly: boolean;
  /** A file with a plan to run instead of seeds. */
  readonly plan: string | undefined;
  /** The processes that share the seeds. */
  readonly jobs: number;
  /** Of so many processes the one that this is, from 0 on. */
  readonly share: { readonly at: number; readonly of: number };
  /** Plants mistakes: those with one of the words, all without any. */
  readonly mutants: readonly string[] | undefined;
}

/** What `--help` prints. */
export const usage: string = `npm run simulate -- [options]

  --seeds N          runs N seeds of each scenario (default 100)
  --from N           the first seed (default: a random one, which is printed)
  --seed N           runs this seed only
  --scenario NAME    runs this scenario only (may be repeated)
  --minutes N        starts no seed after N minutes; --seconds N likewise
  --jobs N           shares the seeds between N processes
  --twice            runs every seed twice: both runs must be identical, byte for byte
  --trace            prints what happens in a run; with --key K only the calls of key K
  --first            stops at the first failing seed
  --shrink           shrinks the plan of a failing seed, and prints it as a timeline
  --plan FILE        runs the plan in a file
  --mutants [WORD …] plants mistakes in the built library, which 200 seeds of a scenario must find;
                     with WORDs, those whose name or scenario contains one

Scenarios:
${scenarios.map(({ about, name }) => `  ${name.padEnd(11)}${about}`).join('\n')}`;

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(number >= 0) || text.trim() === '') throw new Error(`--${name} must be a number, not ${JSON.stringify(text)}`);
  return number;
}

/** `1/4`: the second of four. Only `--jobs` says it. */
function shareOf(text = '0/1'): Settings['share'] {
  const [at = 0, of = 1] = text.split('/').map(Number);
  return { at, of };
}

/** Reads the arguments; undefined = help was asked for. */
export function settingsOf(args: readonly string[], drawn: number): Settings | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: args.includes('--mutants'),
    options: {
      seeds: text,
      seed: text,
      from: text,
      minutes: text,
      seconds: text,
      key: text,
      plan: text,
      twice: flag,
      trace: flag,
      shrink: flag,
      first: flag,
      help: flag,
      mutants: flag,
      jobs: text,
      share: text,
      scenario: { type: 'string', multiple: true },
    },
  });
  if (values.help === true) return undefined;
  const seed = numberOf('seed', values.seed);
  const minutes = numberOf('minutes', values.minutes);
  const seconds = numberOf('seconds', values.seconds) ?? (minutes === undefined ? undefined : minutes * 60);
  return {
    scenarios: values.scenario ?? scenarios.map(({ name }) => name),
    first: seed ?? numberOf('from', values.from) ?? drawn,
    seeds: seed === undefined ? (numberOf('seeds', values.seeds) ?? (seconds === undefined ? 100 : Infinity)) : 1,
    time: seconds === undefined ? Infinity : seconds * 1000,
    twice: values.twice === true,
    trace: values.trace === true,
    key: values.key,
    shrink: values.shrink === true,
    stopsEarly: values.first === true,
    plan: values.plan,
    jobs: Math.max(1, numberOf('jobs', values.jobs) ?? 1),
    share: shareOf(values.share),
    mutants: values.mutants === true ? positionals : undefined,
  };
}
