/** A client that is measured, in a process of its own. */
import { fileURLToPath } from 'node:url';
import { MeasuredProcess } from '../measured-process.ts';
import type { Entrant, Ports } from './entrant.ts';
import type { Measurement, Times } from './measure.ts';
import type { Workload } from './workload.ts';

const worker = fileURLToPath(new URL('worker.js', import.meta.url));
/** A client that gives no result in so much time beyond its measurement has hung, in ms. */
const patience = 60_000;

/** The argument of the process, as JSON. */
export interface Assignment {
  readonly entrant: string;
  readonly ports: Ports;
}

/** What the process measures. */
export interface ClientTask {
  readonly workload: string;
  readonly times: Times;
}

/** A client in a process of its own. */
export class Contestant {
  readonly entrant: Entrant;
  readonly #process: MeasuredProcess<ClientTask, Measurement>;

  private constructor(entrant: Entrant, process: MeasuredProcess<ClientTask, Measurement>) {
    this.entrant = entrant;
    this.#process = process;
  }

  static async start(entrant: Entrant, ports: Ports): Promise<Contestant> {
    const assignment: Assignment = { entrant: entrant.name, ports };
    const args = [worker, JSON.stringify(assignment)];
    return new Contestant(entrant, await MeasuredProcess.start(entrant.name, 'test', args, patience));
  }

  /** Rejects with the client's error. */
  measure({ name }: Workload, times: Times): Promise<Measurement> {
    return this.#process.measure({ workload: name, times }, times.warmUp + times.measure);
  }

  /** The share of the time that its core loses to others. */
  probe(ms: number): Promise<number> {
    return this.#process.probe(ms);
  }

  stop(): void {
    this.#process.stop();
  }
}
