/** The coordinator's end of the load generator, or of a process that only probes a core. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Place, spawnPinned } from '../pinning.ts';
import type { LoadAnswer, LoadMeasurement, LoadOrder, LoadTask } from './protocol.ts';
import type { LoadWorkload } from './workload.ts';

const worker = fileURLToPath(new URL('worker.js', import.meta.url));
/** An order that takes so much longer than it was told to has failed, in ms. */
const patience = 30_000;

export class Generator {
  readonly #child: ChildProcess;
  #take: ((answer: LoadAnswer) => void) | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (answer: LoadAnswer) => this.#settle(answer));
    child.once('exit', (code, signal) =>
      this.#settle({ kind: 'failed', message: `the load generator ended (${signal ?? code})` }),
    );
  }

  static async start(place: Place): Promise<Generator> {
    const generator = new Generator(
      spawnPinned(place, process.execPath, [worker], ['ignore', 'ignore', 'inherit', 'ipc']),
    );
    await generator.#answer(patience);
    return generator;
  }

  async measure(workload: LoadWorkload, task: LoadTask): Promise<LoadMeasurement> {
    const answer = await this.#order({ kind: 'measure', workload, task }, task.warmUp + task.measure + patience);
    if (answer.kind !== 'measured') throw new Error(`unexpected answer ${answer.kind}`);
    return answer.measurement;
  }

  /** The share of the time that its core loses to others. */
  async probe(ms: number): Promise<number> {
    const answer = await this.#order({ kind: 'probe', ms }, patience);
    return answer.kind === 'probed' ? answer.lost : 1;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #order(order: LoadOrder, within: number): Promise<LoadAnswer> {
    this.#child.send(order);
    return this.#answer(within);
  }

  async #answer(within: number): Promise<LoadAnswer> {
    const timer = setTimeout(() => this.#settle({ kind: 'failed', message: 'no answer came' }), within);
    const answer = await new Promise<LoadAnswer>((resolve) => {
      this.#take = resolve;
    });
    clearTimeout(timer);
    if (answer.kind === 'failed') throw new Error(answer.message);
    return answer;
  }

  #settle(answer: LoadAnswer): void {
    const take = this.#take;
    this.#take = undefined;
    take?.(answer);
  }
}
