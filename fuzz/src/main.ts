/**
 * `npm run fuzz -- --minutes 5`: throws bytes at everything that reads bytes, and checks what must hold. See
 * CONTRIBUTING.md.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { corpusFile, keep, lineOf } from './corpus.ts';
import { CurrentInput } from './current-input.ts';
import type { Finding, Progress } from './engine.ts';
import { targets } from './targets/index.ts';
import type { Result, Task } from './worker.ts';

const usage = `npm run fuzz -- [options]

  --minutes N      how long (default 1); --seconds N likewise
  --seed N         the same inputs as in the run that had this seed
  --target NAME    this one only (may be repeated): ${targets.map(({ name }) => name).join(', ')}
  --input JSON     the corpus of the target and this input, a JSON string, and nothing else
  --keep           what is found is added to the corpus`;

/** Without a new input for so long, the worker hangs: ms. */
const patience = 30_000;
const maxHeap = 1024;

interface Settings {
  readonly task: Omit<Task, 'memory'>;
  readonly keeps: boolean;
}

function settingsOf(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      target: { type: 'string', multiple: true },
      input: { type: 'string' },
      keep: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(usage);
    process.exit(0);
  }
  const known = targets.map(({ name }) => name);
  const names = values.target ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no target ${unknown}; there are ${known.join(', ')}`);
  if (values.input !== undefined && names.length !== 1) throw new Error('--input needs one --target');
  const seconds =
    values.seconds === undefined
      ? numberOf('minutes', values.minutes ?? '1') * 60
      : numberOf('seconds', values.seconds);
  return {
    task: {
      seed: values.seed === undefined ? (Date.now() ^ process.pid) >>> 0 : numberOf('seed', values.seed) >>> 0,
      names,
      milliseconds: seconds * 1000,
      input: values.input === undefined ? undefined : (JSON.parse(values.input) as string),
    },
    keeps: values.keep === true,
  };
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!(number >= 0) || text.trim() === '') throw new Error(`--${name} must be a number, not ${JSON.stringify(text)}`);
  return number;
}

/** Runs the task in a thread of its own. */
function runIn(task: Omit<Task, 'memory'>): Promise<Result> {
  const current = new CurrentInput();
  const chosen = targets.filter(({ name }) => task.names.includes(name));
  const worker = new Worker(new URL('worker.js', import.meta.url), {
    workerData: { ...task, memory: current.memory } satisfies Task,
    resourceLimits: { maxOldGenerationSizeMb: maxHeap },
  });
  return new Promise<Result>((resolve) => {
    let runs = -1;
    let since = performance.now();
    const end = (result: Result): void => {
      clearInterval(timer);
      resolve(result);
      void worker.terminate();
    };
    const died = (what: string): void => {
      const target = chosen[current.target]?.name ?? '';
      end({ finding: { target, input: current.input, run: current.runs, what }, progress: [] });
    };
    const timer = setInterval(() => {
      if (current.runs !== runs) {
        runs = current.runs;
        since = performance.now();
      } else if (performance.now() - since > patience) died(`no end after ${patience} ms`);
    }, 500);
    worker.on('message', end);
    worker.on('error', (error) => died(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  });
}

function tell(progress: readonly Progress[]): void {
  for (const { target, runs, outcomes } of progress)
    console.log(`  ${target.padEnd(20)} ${String(runs).padStart(9)} inputs ${String(outcomes).padStart(7)} outcomes`);
}

function report({ target, input, run, what }: Finding, seed: number): void {
  const line = lineOf(input);
  console.log(
    `\nFOUND in ${target}, input ${run} of seed ${seed}, made small (${input.length} bytes):\n\n  ${line}\n\n${what}\n`,
  );
  console.log(`again:  npm run fuzz -- --target ${target} --input '${line.replaceAll("'", "'\\''")}'`);
  console.log(`        npm run fuzz -- --target ${target} --seed ${seed}`);
  console.log(`keep it as a line of ${relative('.', corpusFile(target))} when it is mended`);
}

async function main(): Promise<void> {
  const { task, keeps } = settingsOf(process.argv.slice(2));
  console.log(`seed ${task.seed}, ${task.names.length} targets, ${task.milliseconds / 1000} s`);
  const { finding, progress } = await runIn(task);
  tell(progress);
  if (finding === undefined) return;
  report(finding, task.seed);
  if (keeps) keep(finding.target, finding.input);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
