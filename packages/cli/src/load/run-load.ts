/** `memfleet load`: one target, or two in turns. */
import { constants } from 'node:os';
import { redactMessage } from 'memfleet/server';
import { exitCodes, fail } from '../failure.ts';
import type { FleetArguments } from '../fleet/fleet-options.ts';
import { onStop } from '../signals.ts';
import { comparisonLines, type ComparedRound, comparisonOf } from './comparison.ts';
import { liveLine } from './live-line.ts';
import { LoadRun } from './load-run.ts';
import { laneKind } from './make-lane.ts';
import { type LoadResult, resultOf, summaryLines } from './summary.ts';
import { type Distribution, type RunPlan, type SizeRange, type VerbShare, workloadDefaults } from './workload.ts';

export interface LoadOptions extends FleetArguments {
  readonly connections: number;
  readonly pipeline: number;
  readonly keys: number;
  readonly keyPrefix: string;
  readonly distribution: Distribution;
  readonly size: readonly SizeRange[];
  readonly mix: readonly VerbShare[];
  readonly batch: number;
  readonly ttl: number;
  readonly seed: number;
  readonly rate?: number;
  /** In ms. */
  readonly warmUp: number;
  readonly duration?: number;
  readonly requests?: number;
  readonly fill: boolean;
  readonly reconnect?: true;
  readonly verify?: true;
  readonly compare?: readonly string[];
  readonly rounds: number;
}

const defaultDuration = 10_000;
const defaultTimeout = 1000;

export function planOf(options: LoadOptions): RunPlan {
  const { keys, keyPrefix, distribution, size: sizes, mix, batch, ttl, seed } = options;
  const { connections, pipeline: depth, rate, warmUp, requests, timeout = defaultTimeout } = options;
  const isChanging = mix.some(({ verb }) => verb === 'delete');
  if (options.verify === true && !options.fill && isChanging) fail('--verify needs the keys that --no-fill leaves out');
  const duration = options.duration ?? (requests === undefined ? defaultDuration : undefined);
  const workload = { ...workloadDefaults, keys, keyPrefix, distribution, sizes, mix, batch, ttl, seed };
  return { workload, connections, depth, rate, warmUp, duration, requests, timeout, verify: options.verify === true };
}

/** The signal that has asked for the end, and the run that it ends. */
class Interruption {
  signal: NodeJS.Signals | undefined;
  run: LoadRun | undefined;
  readonly release: () => void;

  constructor() {
    this.release = onStop((signal) => {
      // The second one ends the process at once.
      this.release();
      this.signal = signal;
      this.run?.stop();
    });
  }
}

async function runOnce(
  target: FleetArguments & Pick<LoadOptions, 'reconnect'>,
  plan: RunPlan,
  hasFill: boolean,
  interruption: Interruption,
): Promise<LoadResult> {
  const isChurning = target.reconnect === true;
  const { make } = laneKind(target, plan, isChurning);
  if (isChurning && hasFill) await fillOnly(target, plan, interruption);
  const run = new LoadRun(plan, make);
  interruption.run = run;
  const line = liveLine(() => ({ tally: run.tally, elapsed: run.elapsed, planned: plan.duration }));
  try {
    await run.open();
    if (hasFill && !isChurning) await run.fill();
    if (interruption.signal === undefined) await run.measure();
  } finally {
    line.end();
    run.close();
  }
  return resultOf(redactMessage(target.nodes), plan, run.tally, run.elapsed);
}

/** Stores the keys by connections that stay. */
async function fillOnly(target: FleetArguments, plan: RunPlan, interruption: Interruption): Promise<void> {
  const run = new LoadRun({ ...plan, connections: 1 }, laneKind(target, plan, false).make);
  interruption.run = run;
  try {
    await run.open();
    await run.fill();
  } finally {
    run.close();
  }
}

async function compare(
  options: LoadOptions,
  nodes: readonly [string, string],
  plan: RunPlan,
  interruption: Interruption,
): Promise<readonly ComparedRound[]> {
  const rounds: ComparedRound[] = [];
  for (let round = 0; round < options.rounds; round++) {
    // Who begins changes with the round.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    const results: LoadResult[] = [];
    for (const at of order) {
      const target = { ...options, nodes: nodes[at] as string };
      results[at] = await runOnce(target, plan, options.fill && round === 0, interruption);
      if (interruption.signal !== undefined) return rounds;
    }
    const compared = comparisonOf(results[0] as LoadResult, results[1] as LoadResult);
    rounds.push(compared);
    if (options.json !== true) process.stderr.write(`round ${round + 1}: ${compared.rateRatio.toFixed(2)}\n`);
  }
  return rounds;
}

/** Runs the command. */
export async function runLoad(options: LoadOptions): Promise<void> {
  const plan = planOf(options);
  const interruption = new Interruption();
  try {
    if (options.compare === undefined) {
      const result = await runOnce(options, plan, options.fill, interruption);
      print(options, result, summaryLines(result));
      judge([result]);
    } else {
      const [first, second, ...more] = options.compare;
      if (first === undefined || second === undefined || more.length > 0) fail('--compare takes two targets');
      const rounds = await compare(options, [first, second], plan, interruption);
      print(options, { rounds }, comparisonLines(first, second, rounds));
      judge(rounds.flatMap(({ a, b }) => [a, b]));
    }
  } finally {
    interruption.release();
  }
  if (interruption.signal === undefined) return;
  process.stderr.write(`memfleet: stopped by ${interruption.signal}\n`);
  if (process.exitCode === undefined) process.exitCode = 128 + constants.signals[interruption.signal];
}

function print({ json }: LoadOptions, result: object, lines: readonly string[]): void {
  process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : `${lines.join('\n')}\n`);
}

/** A wrong value, or a run without a single reply, is a failure. */
function judge(results: readonly LoadResult[]): void {
  if (
    results.some(({ wrong = 0, requests, errors }) => wrong > 0 || (requests === 0 && Object.keys(errors).length > 0))
  )
    process.exitCode = exitCodes.failed;
}
