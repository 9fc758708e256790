/** The thread that runs the inputs: the main thread sees when it hangs, and lives on when it dies. */
import { parentPort, workerData } from 'node:worker_threads';
import { CurrentInput } from './current-input.ts';
import { Engine, type Finding, type Progress } from './engine.ts';
import { targets } from './targets/index.ts';

/** What the worker is told. */
export interface Task {
  readonly seed: number;
  /** Names of targets; those of `targets` in that order. */
  readonly names: readonly string[];
  readonly milliseconds: number;
  /** This input alone. */
  readonly input: string | undefined;
  readonly memory: SharedArrayBuffer;
}

/** What it says in the end. */
export interface Result {
  readonly finding: Finding | undefined;
  readonly progress: readonly Progress[];
}

const { seed, names, milliseconds, input, memory } = workerData as Task;
const chosen = targets.filter(({ name }) => names.includes(name));
const current = new CurrentInput(memory);
// One input alone is the only one that a target has.
const tasks = input === undefined ? chosen : chosen.map((target) => ({ ...target, seeds: [input], words: [''] }));
const engine = new Engine(tasks, seed, current);
const finding = await engine.run(input === undefined ? performance.now() + milliseconds : 0);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage({ finding, progress: engine.progress() } satisfies Result);
