/**
 * A client in another language that is measured. The program gets the port of memcached as its argument, stores the
 * values, and prints `{}` when it is ready; then it reads a request a line and prints a line for each:
 *
 *   get 256 250 500  ─▶  operation, calls in flight, ms to warm up, ms to measure
 *   ◀─  {"calls":99840,"seconds":0.501,"cpu":0.498}      cpu: user and system time of the process, in seconds
 *   ◀─  {"error":"a wrong value"}                        and it ends
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Command, Entrant, Ports } from '../client/entrant.ts';
import type { Measurement, Times } from '../client/measure.ts';
import type { Workload } from '../client/workload.ts';
import { cpuTime, residentBytes } from '../cpu-time.ts';
import { spawnPinned } from '../pinning.ts';

/** What a program prints. */
export interface ProgramReply {
  readonly calls?: number;
  readonly seconds?: number;
  readonly cpu?: number;
  readonly error?: string;
}

/** The line for a measurement. */
export function requestLine({ operation, inFlight }: Workload, { warmUp, measure }: Times): string {
  return `${operation} ${inFlight} ${warmUp} ${measure}\n`;
}

/** The reply in a line of a program. Throws the error that it reports; quotes a line that is no reply. */
export function parseReply(line: string): ProgramReply {
  let reply: ProgramReply;
  try {
    reply = JSON.parse(line) as ProgramReply;
  } catch {
    throw new Error(`printed ${JSON.stringify(line)}`);
  }
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply;
}

/** A program that gives no result in so much time beyond its measurement has hung, in ms. */
const patience = 60_000;

/** A client in another language, in a process of its own. It ends with this process, as its requests do. */
export class ForeignContestant {
  readonly entrant: Entrant;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(entrant: Entrant, child: ChildProcess) {
    this.entrant = entrant;
    this.#child = child;
    if (child.stdout === null) throw new Error('the program has no output');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(entrant: Entrant, { path, args }: Command, { memcached }: Ports): Promise<ForeignContestant> {
    const child = spawnPinned('test', path, [...args, String(memcached)], ['pipe', 'pipe', 'inherit']);
    // A program that ended is found when its reply is missing.
    child.stdin?.on('error', () => undefined);
    const started = new ForeignContestant(entrant, child);
    await started.#reply(0);
    return started;
  }

  /** Latencies are not measured: a clock read twice a call is more than some of these calls take. */
  async measure(workload: Workload, times: Times): Promise<Measurement> {
    const server = (): number => times.serverPids.reduce((sum, pid) => sum + cpuTime(pid), 0);
    const before = server();
    this.#child.stdin?.write(requestLine(workload, times));
    const { calls = 0, seconds = 0, cpu = 0 } = await this.#reply(times.warmUp + times.measure);
    const share = times.measure / (times.warmUp + times.measure);
    return {
      rate: calls / seconds,
      cpu: (cpu * 1e6) / calls,
      serverCpu: ((server() - before) * share) / calls,
      p50: Number.NaN,
      p99: Number.NaN,
      resident: residentBytes(this.#child.pid ?? 0),
    };
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #reply(ms: number): Promise<ProgramReply> {
    let ending = 'its process ended';
    const timer = setTimeout(() => {
      ending = 'it hung';
      this.stop();
    }, ms + patience);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    try {
      if (done === true) throw new Error(ending);
      return parseReply(value);
    } catch (error) {
      throw new Error(`${this.entrant.name}: ${(error as Error).message}`, { cause: error });
    }
  }
}
