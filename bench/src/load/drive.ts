/**
 * One measurement, by the generator of `memfleet load`:
 *
 *   fill ─▶ verify ─▶ connect ─▶ │ warm-up │ measured │ ─▶ close
 */
import {
  ChurnLane,
  KeyTable,
  LoadRun,
  type MakeLane,
  type RunPlan,
  WireLane,
  workloadDefaults,
} from '@memfleet/cli/load';
import { cpuTime, residentBytes } from '../cpu-time.ts';
import type { LoadMeasurement, LoadTask } from './load-task.ts';
import type { LoadWorkload } from './workload.ts';

/** Replies that are compared byte for byte before measuring. */
const verified = 64;
/** A request without a reply fails the measurement after so long, in ms. */
const patience = 5000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const sumOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuTime(pid), 0);

function planOf({ workload, warmUp, measure }: LoadTask): RunPlan {
  const { operation, connections, depth, size, batch, keys, zipf } = workload;
  const verb = operation === 'set' ? 'set' : batch > 1 ? 'mget' : 'get';
  return {
    workload: {
      ...workloadDefaults,
      keys,
      keyPrefix: 'memfleet:bench:',
      distribution: zipf ? { kind: 'zipf', exponent: 1 } : { kind: 'uniform' },
      sizes: [{ from: size, to: size, weight: 1 }],
      mix: [{ verb, weight: 1 }],
      batch,
    },
    connections,
    depth,
    warmUp,
    duration: measure,
    timeout: patience,
    verify: false,
  };
}

function laneOf(port: number, plan: RunPlan, operation: LoadWorkload['operation']): MakeLane {
  const Lane = operation === 'churn' ? ChurnLane : WireLane;
  const address = { host: '127.0.0.1', port };
  const table = new KeyTable(plan.workload);
  return (events, tally) => new Lane({ address, table, tally, verify: plan.verify, ttl: 0 }, events);
}

/** Stores every key, and reads some of them. Rejects when a value is wrong. */
async function prepare({ port }: LoadTask, plan: RunPlan): Promise<void> {
  const once = { ...plan, connections: 1, depth: 1, warmUp: 0, duration: undefined, requests: verified, verify: true };
  const run = new LoadRun(once, laneOf(port, once, 'get'));
  try {
    await run.open();
    await run.fill();
    await run.measure();
    const [problem] = [...run.tally.examples, ...run.tally.errors.keys()];
    if (problem !== undefined) throw new Error(`verifying: ${problem}`);
  } finally {
    run.close();
  }
}

/** CPU time of all who take part, from the beginning of the measured time to its end, in µs. */
class CpuReadings {
  readonly #task: LoadTask;
  readonly #own = process.cpuUsage();
  readonly #test: number;
  readonly #nodes: number;

  constructor(task: LoadTask) {
    this.#task = task;
    this.#test = cpuTime(task.pid);
    this.#nodes = sumOf(task.nodePids);
  }

  end(): { readonly cpu: number; readonly nodeCpu: number; readonly ownCpu: number } {
    const own = process.cpuUsage(this.#own);
    const { pid, nodePids } = this.#task;
    return { cpu: cpuTime(pid) - this.#test, nodeCpu: sumOf(nodePids) - this.#nodes, ownCpu: own.user + own.system };
  }
}

/** Rejects when anything but the right replies comes. */
export async function drive(task: LoadTask): Promise<LoadMeasurement> {
  const plan = planOf(task);
  const { operation } = task.workload;
  const isIdle = operation === 'idle';
  if (!isIdle) await prepare(task, plan);
  let readings: CpuReadings | undefined;
  let used: ReturnType<CpuReadings['end']> | undefined;
  const hooks = {
    onMeasure: (): void => {
      readings = new CpuReadings(task);
    },
    onMeasured: (): void => {
      used = readings?.end();
    },
  };
  const run = new LoadRun(plan, laneOf(task.port, plan, operation), hooks);
  try {
    await run.open();
    await (isIdle ? watchIdle(task, hooks) : run.measure());
    const resident = residentBytes(task.pid);
    const { requests, errors } = run.tally;
    const [problem] = errors.keys();
    if (problem !== undefined) throw new Error(problem);
    if (!isIdle && requests === 0) throw new Error('no request was replied to within the measured time');
    const { cpu, nodeCpu, ownCpu } = used ?? { cpu: 0, nodeCpu: 0, ownCpu: 0 };
    const elapsed = (isIdle ? task.measure : run.elapsed) * 1000;
    const latencies = run.tally.latencies();
    return {
      rate: (requests / elapsed) * 1e6,
      p50: latencies.percentile(50),
      p99: latencies.percentile(99),
      cpu: cpu / requests,
      nodeCpu: nodeCpu / requests,
      share: cpu / elapsed,
      loadShare: ownCpu / elapsed,
      coreShare: (ownCpu + nodeCpu) / elapsed,
      resident,
    };
  } finally {
    run.close();
    // What was closed here is closed there before the next measurement begins.
    await pause(50);
  }
}

/** Connections that say nothing. */
async function watchIdle(
  { warmUp, measure }: LoadTask,
  { onMeasure, onMeasured }: { readonly onMeasure: () => void; readonly onMeasured: () => void },
): Promise<void> {
  await pause(warmUp);
  onMeasure();
  await pause(measure);
  onMeasured();
}
