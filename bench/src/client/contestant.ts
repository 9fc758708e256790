/** The coordinator's end of a measured process. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { spawnPinned } from '../pinning.ts';
import type { Entrant, Ports } from './entrant.ts';
import type { Measurement, Times } from './measure.ts';
import type { Answer, Assignment, Order } from './protocol.ts';
import type { Workload } from './workload.ts';

const worker = fileURLToPath(new URL('worker.js', import.meta.url));
/** A client that gives no result in so much time beyond what it was given has hung, in ms. */
const patience = 60_000;

/** The coordinator's end of a measured process. */
export class Contestant {
  readonly entrant: Entrant;
  readonly #child: ChildProcess;
  #take: ((answer: Answer) => void) | undefined;

  private constructor(entrant: Entrant, child: ChildProcess) {
    this.entrant = entrant;
    this.#child = child;
    child.on('message', (answer: Answer) => this.#settle(answer));
    child.once('exit', (code, signal) =>
      this.#settle({ kind: 'failed', message: `its process ended (${signal ?? code})` }),
    );
  }

  static async start(entrant: Entrant, ports: Ports): Promise<Contestant> {
    const assignment: Assignment = { entrant: entrant.name, ports };
    const args = [worker, JSON.stringify(assignment)];
    const child = spawnPinned('test', process.execPath, args, ['ignore', 'ignore', 'inherit', 'ipc']);
    const contestant = new Contestant(entrant, child);
    await contestant.#answer();
    return contestant;
  }

  /** Rejects with what the client complained about. */
  async measure(workload: Workload, times: Times): Promise<Measurement> {
    const answer = await this.#order({ kind: 'measure', workload: workload.name, times });
    if (answer.kind !== 'measured') throw new Error(`unexpected answer ${answer.kind}`);
    return answer.measurement;
  }

  /** The share of the time that its core loses to others. */
  async probe(ms: number): Promise<number> {
    const answer = await this.#order({ kind: 'probe', ms });
    return answer.kind === 'probed' ? answer.lost : 1;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #order(order: Order): Promise<Answer> {
    this.#child.send(order);
    return this.#answer();
  }

  async #answer(): Promise<Answer> {
    const timer = setTimeout(() => this.#settle({ kind: 'failed', message: 'it hung' }), patience);
    const answer = await new Promise<Answer>((resolve) => {
      this.#take = resolve;
    });
    clearTimeout(timer);
    if (answer.kind === 'failed') throw new Error(`${this.entrant.name}: ${answer.message}`);
    return answer;
  }

  #settle(answer: Answer): void {
    const take = this.#take;
    this.#take = undefined;
    take?.(answer);
  }
}
