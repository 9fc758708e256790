/**
 * One measurement: a closed loop of `inFlight` workers, each `await`ing one call after the other.
 *
 *   fill ─▶ verify ─▶ workers run: │ warm-up │ measured │ ─▶ workers end ─▶ verify
 */
import { cpuTime } from '../cpu-time.ts';
import { percentile } from '../statistics.ts';
import { type Data, isSame, makeData } from './data.ts';
import type { OpenClient } from './entrant.ts';
import { batch, isOfMany, type Workload } from './workload.ts';

/** What came out. Times in microseconds. */
export interface Measurement {
  /** Calls a second. */
  readonly rate: number;
  /** CPU time of the client's process per call. */
  readonly cpu: number;
  /** CPU time of the server per call; NaN where unknown. */
  readonly serverCpu: number;
  readonly p50: number;
  readonly p99: number;
  /** Resident memory of the client's process afterwards, in bytes. */
  readonly resident: number;
}

/** How long, in ms, and whose CPU time to read beside our own. */
export interface Times {
  readonly warmUp: number;
  readonly measure: number;
  readonly serverPids: readonly number[];
}

/** The clock is read for one call in so many where many are in flight: reading it costs about 45 ns. */
const timedEvery = 16;
const maxSamples = 1 << 20;
/** Values are set and read so many at a time before measuring. */
const fillWidth = 32;

/** What the workers of one measurement share. */
class Load {
  calls = 0;
  misses = 0;
  isOver = false;
  isMeasuring = false;
  readonly samples = new Float64Array(maxSamples);
  sampled = 0;
  /** Calls whose number has none of these bits are timed. */
  readonly untimed: number;

  constructor(inFlight: number) {
    this.untimed = inFlight <= 8 ? 0 : timedEvery - 1;
  }

  sample(since: number): void {
    if (this.isMeasuring && this.sampled < maxSamples) this.samples[this.sampled++] = performance.now() - since;
  }
}

type Step = (n: number) => PromiseLike<unknown>;

/** The call that a worker makes as the `n`-th of all. */
function step(client: OpenClient, workload: Workload, data: Data): Step {
  const { keys, missing, values } = data;
  const count = keys.length;
  const get: Step = (n) => client.get(keys[n % count] as string);
  const set: Step = (n) => client.set(keys[n % count] as string, values[n % count] as never);
  const batches = Array.from({ length: count / batch }, (_, i) => keys.slice(i * batch, (i + 1) * batch));
  const getMany: Step = (n) =>
    (client.getMany as NonNullable<OpenClient['getMany']>)(batches[n % batches.length] as string[]);
  const steps: Record<Workload['operation'], Step> = {
    get,
    set,
    getHalf: (n) => client.get((n % 2 === 0 ? keys : missing)[n % count] as string),
    mixed: (n) => (n % 10 === 9 ? set(n) : get(n)),
    getMany,
    getArray: (n) => client.getArray?.(batches[n % batches.length] as string[]) ?? getMany(n),
  };
  return steps[workload.operation];
}

async function work(load: Load, call: Step): Promise<void> {
  while (!load.isOver) {
    const n = load.calls++;
    if ((n & load.untimed) === 0) {
      const since = performance.now();
      if ((await call(n)) === undefined) load.misses++;
      load.sample(since);
    } else if ((await call(n)) === undefined) load.misses++;
  }
}

async function eachAtATime(count: number, act: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: fillWidth }, run));
}

/** Every value must come back as it was set. */
async function verify(client: OpenClient, workload: Workload, data: Data): Promise<void> {
  const fail = (key: string): never => {
    throw new Error(`${workload.name}: the value of ${key} is not the one that was set`);
  };
  if (isOfMany(workload)) {
    const keys = data.keys.slice(0, batch);
    const result = (await client.getMany?.(keys)) as never;
    keys.forEach((key, i) => isSame(client.pick?.(result, key, i), data.values[i]) || fail(key));
    return;
  }
  await eachAtATime(data.keys.length, async (i) => {
    const key = data.keys[i] as string;
    if (!isSame(await client.get(key), data.values[i])) fail(key);
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The share of a core that a client uses at least while it is measured, if no other work has its core. */
const leastCpu = 0.3;
/** How often a quarter of the time is added while it has had less. */
const mostExtensions = 40;

/** So many ms; longer where others have the core, as code that has hardly run is cold, and few calls say little. */
async function spell(ms: number): Promise<void> {
  const before = process.cpuUsage();
  await pause(ms);
  for (let i = 0; i < mostExtensions; i++) {
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 >= ms * leastCpu) return;
    await pause(ms / 4);
  }
}

const total = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuTime(pid), 0);

/** Runs one workload on a client that was just opened. Throws when a value comes back wrong. */
export async function measure(client: OpenClient, workload: Workload, times: Times): Promise<Measurement> {
  const data = makeData(workload);
  await eachAtATime(data.keys.length, async (i) => {
    await client.set(data.keys[i] as string, data.values[i] as never);
  });
  await verify(client, workload, data);
  const load = new Load(workload.inFlight);
  const call = step(client, workload, data);
  const workers = Array.from({ length: workload.inFlight }, () => work(load, call));
  await Promise.race([spell(times.warmUp), Promise.all(workers)]);
  const before = { calls: load.calls, at: performance.now(), cpu: process.cpuUsage(), server: total(times.serverPids) };
  load.isMeasuring = true;
  await Promise.race([spell(times.measure), Promise.all(workers)]);
  const cpu = process.cpuUsage(before.cpu);
  const calls = load.calls - before.calls;
  const seconds = (performance.now() - before.at) / 1000;
  const server = total(times.serverPids) - before.server;
  load.isMeasuring = false;
  load.isOver = true;
  await Promise.all(workers);
  await verify(client, workload, data);
  const isRead = workload.operation === 'get' || isOfMany(workload);
  if (isRead && load.misses > 0) throw new Error(`${workload.name}: ${load.misses} misses where every key was set`);
  const samples = load.samples.subarray(0, load.sampled).toSorted();
  return {
    rate: calls / seconds,
    cpu: (cpu.user + cpu.system) / calls,
    serverCpu: server / calls,
    p50: percentile(samples, 0.5) * 1000,
    p99: percentile(samples, 0.99) * 1000,
    resident: process.memoryUsage.rss(),
  };
}
