/**
 * The process under test: an open loop. Each tick calls what is due, and the latency of a get begins when it was due,
 * not when it was sent: a turn that is late delays the gets behind it, as it delays the users of a server.
 *
 *   due    │ │ │ │ │ │ │ │ │ │ │ │
 *   ticks  ┴───────┴───────┴───────    calls all that are due
 *   ended      ◀── latency ──▶│
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OpenClient } from '../client/entrant.ts';
import { threadsOf } from '../cpu-time.ts';
import { spawnPinned } from '../pinning.ts';
import { percentile } from '../statistics.ts';
import { dueAfter, dueTime } from './due-times.ts';
import { openLoopEntrant } from './open-loop-entrants.ts';
import { type Assignment, type Beside, largeSize, manyKeys, type Outcome, pauseBeside } from './scenario.ts';
import type { Watched } from './ticker.ts';
import { countedLatencies, parseWindows, windowLength } from './windows.ts';

const assignment = JSON.parse(process.argv[2] ?? '{}') as Assignment;
const { scenario, warmUp, measure } = assignment;
const keys = Array.from({ length: 100 }, (_, i) => `bench:open-loop:${i}`);
const many = Array.from({ length: manyKeys }, (_, i) => `bench:open-loop:many:${i}`);
/** The number of the first call that is due after the warm-up. */
const firstMeasured = dueAfter(warmUp, scenario.rate);
const largeKey = 'bench:open-loop:large';
const value = 'v'.repeat(100);
const never = Number.POSITIVE_INFINITY;
/** ms after which a get that was not answered is given up. */
const patience = 10_000;
/** ms of a window in which this thread, and that of the server, may wait for their cores. */
const limits = { own: 0.4, server: 0.8 };

/** What performance.now() is on the clock of all processes, in ms. */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();
const now = (): number => performance.now() + offset;

const ticker = fileURLToPath(new URL('ticker.js', import.meta.url));

/** The thread of the server that has worked most: the one that serves. */
function busiestThread(pid: number): number {
  const workOf = (thread: string): number => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      return 0;
    }
  };
  const [busiest = pid] = threadsOf(pid).toSorted((a, b) => workOf(b) - workOf(a));
  return Number(busiest);
}

class OpenLoop {
  readonly #client: OpenClient;
  readonly #due = new Float64Array(((warmUp + measure) * scenario.rate) / 1000 + 1);
  readonly #ended = new Float64Array(this.#due.length).fill(never);
  readonly #start: number;
  #made = 0;
  #done = 0;
  /** Of the calls that were due after the warm-up. */
  failed = 0;
  #onIdle: (() => void) | undefined;

  constructor(client: OpenClient, start: number) {
    this.#client = client;
    this.#start = start;
  }

  /** Calls what is due by now; says whether that was all. */
  callDue(): boolean {
    const count = Math.min(this.#due.length, dueAfter(now() - this.#start, scenario.rate));
    while (this.#made < count) this.#call(this.#made++);
    return this.#made === this.#due.length;
  }

  /** Resolves when every call has ended. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#done === this.#made) resolve();
    });
  }

  #call(n: number): void {
    this.#due[n] = this.#start + dueTime(n, scenario.rate);
    this.#client.get(keys[n % keys.length] as string).then(
      (got) => this.#end(n, got === value),
      () => this.#end(n, false),
    );
  }

  #end(n: number, isGood: boolean): void {
    this.#ended[n] = now();
    this.#done++;
    if (!isGood && n >= firstMeasured) this.failed++;
    if (this.#done === this.#made) this.#onIdle?.();
  }

  /** Of the calls that were due after the warm-up. */
  measured(): { readonly due: Float64Array; readonly ended: Float64Array } {
    return { due: this.#due.subarray(firstMeasured), ended: this.#ended.subarray(firstMeasured) };
  }
}

/** The other caller, until it is stopped. */
class Neighbour {
  calls = 0;
  #isStopped = false;

  stop(): void {
    this.#isStopped = true;
  }

  async run(call: (() => PromiseLike<unknown>) | undefined): Promise<void> {
    if (call === undefined) return;
    while (!this.#isStopped) {
      await call();
      this.calls++;
      await new Promise((resolve) => setTimeout(resolve, pauseBeside));
    }
  }
}

async function fill(client: OpenClient): Promise<void> {
  for (const key of keys) await client.set(key, value as never);
  if (scenario.beside === 'large') await client.set(largeKey, 'x'.repeat(largeSize) as never);
  if (scenario.beside !== 'getMany') return;
  for (let at = 0; at < many.length; at += 100)
    await Promise.all(many.slice(at, at + 100).map((key) => client.set(key, value as never)));
}

function callBeside(client: OpenClient): (() => PromiseLike<unknown>) | undefined {
  const calls: Record<Beside, (() => PromiseLike<unknown>) | undefined> = {
    nothing: undefined,
    getMany: () => (client.getMany as NonNullable<OpenClient['getMany']>)(many),
    large: () => client.get(largeKey),
  };
  return calls[scenario.beside];
}

function startTicker(): ChildProcess {
  const watched: readonly Watched[] = [
    { pid: process.pid, thread: process.pid, limit: limits.own },
    { pid: assignment.serverPid, thread: busiestThread(assignment.serverPid), limit: limits.server },
  ];
  return spawnPinned(
    'rest',
    process.execPath,
    [ticker, JSON.stringify(watched)],
    ['ignore', 'pipe', 'inherit', 'pipe'],
  );
}

interface CpuReading {
  readonly used: NodeJS.CpuUsage;
  readonly at: number;
}

const readCpu = (): CpuReading => ({ used: process.cpuUsage(), at: now() });

/** The share of a core that this process has used since then. */
function shareSince({ used, at }: CpuReading): number {
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1000 / (now() - at);
}

async function drive(client: OpenClient): Promise<Outcome> {
  const child = startTicker();
  let lines = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    lines += chunk.toString('latin1');
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const start = now();
  const loop = new OpenLoop(client, start);
  const neighbour = new Neighbour();
  const beside = neighbour.run(callBeside(client));
  let warm: CpuReading | undefined;
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', () => {
      if (warm === undefined && now() - start >= warmUp) warm = readCpu();
      if (loop.callDue()) resolve();
    });
  });
  const cpu = warm === undefined ? 0 : shareSince(warm);
  neighbour.stop();
  const ended = Promise.all([loop.idle(), beside]);
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, patience))]);
  // The windows in which the last calls ended are written by then.
  await new Promise((resolve) => setTimeout(resolve, 250));
  child.kill('SIGKILL');
  const { due, ended: endings } = loop.measured();
  const unanswered = endings.filter((end) => end === never).length;
  const waitedUntil = now();
  endings.forEach((end, i) => {
    if (end === never) endings[i] = waitedUntil;
  });
  // The window before that of the first call says whether this call counts.
  const windows = parseWindows(lines).filter(({ end }) => end > start + warmUp - 2 * windowLength);
  const latencies = countedLatencies(due, endings, windows);
  const inside = windows.filter((one) => one.start < start + warmUp + measure);
  const at = (share: number): number => percentile(latencies, share) * 1000;
  const tail = { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
  return {
    ...(latencies.length === 0 ? {} : { tail }),
    counted: latencies.length,
    due: due.length,
    failed: loop.failed,
    unanswered,
    windows: inside.length,
    leftOut: inside.filter(({ isTaken }) => isTaken).length,
    cpu,
    besideCalls: neighbour.calls,
  };
}

const client = await openLoopEntrant(assignment.entrant).open(assignment.ports, 'text');
await fill(client);
// What a process does at first is slow: that is not what is asked here.
for (let n = 0; n < 2000; n++) await Promise.all(keys.slice(0, 10).map((key) => client.get(key)));
process.on('disconnect', () => process.exit());
process.send?.(await drive(client), () => process.exit());
