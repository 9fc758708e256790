/**
 * The coordinator's end of a process that measures. They exchange requests and replies over the IPC channel of Node:
 * one reply to each request, and `ready` first.
 */
import type { StdioOptions } from 'node:child_process';
import { type Place, spawnPinned } from './pinning.ts';

/** To the process. */
export type Request<Task> =
  | { readonly kind: 'measure'; readonly task: Task }
  | { readonly kind: 'probe'; readonly ms: number };

/** From the process. */
export type Reply<Measurement> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'probed'; readonly lost: number }
  | { readonly kind: 'failed'; readonly message: string };

const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];

/** A process that measures, on a core of its own. */
export class MeasuredProcess<Task, Measurement> {
  readonly #name: string;
  readonly #patience: number;
  readonly #child: ReturnType<typeof spawnPinned>;
  #take: ((reply: Reply<Measurement>) => void) | undefined;

  /** `patience`: ms after which a process without a reply has hung. */
  private constructor(name: string, place: Place, args: readonly string[], patience: number) {
    this.#name = name;
    this.#patience = patience;
    this.#child = spawnPinned(place, process.execPath, args, stdio);
    this.#child.on('message', (reply: Reply<Measurement>) => this.#settle(reply));
    this.#child.once('exit', (code, signal) =>
      this.#settle({ kind: 'failed', message: `its process ended (${signal ?? code})` }),
    );
  }

  static async start<Task, Measurement>(
    name: string,
    place: Place,
    args: readonly string[],
    patience: number,
  ): Promise<MeasuredProcess<Task, Measurement>> {
    const started = new MeasuredProcess<Task, Measurement>(name, place, args, patience);
    await started.#reply(0);
    return started;
  }

  /** `ms`: how long the measurement takes. Rejects with the error of the process. */
  async measure(task: Task, ms: number): Promise<Measurement> {
    const reply = await this.#request({ kind: 'measure', task }, ms);
    if (reply.kind !== 'measured') throw new Error(`unexpected reply ${reply.kind}`);
    return reply.measurement;
  }

  /** The share of the time that its core loses to others. */
  async probe(ms: number): Promise<number> {
    const reply = await this.#request({ kind: 'probe', ms }, ms);
    return reply.kind === 'probed' ? reply.lost : 1;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #request(request: Request<Task>, ms: number): Promise<Reply<Measurement>> {
    this.#child.send(request);
    return this.#reply(ms);
  }

  async #reply(ms: number): Promise<Reply<Measurement>> {
    const hung = (): void => this.#settle({ kind: 'failed', message: 'it hung' });
    const timer = setTimeout(hung, ms + this.#patience);
    const reply = await new Promise<Reply<Measurement>>((resolve) => {
      this.#take = resolve;
    });
    clearTimeout(timer);
    if (reply.kind === 'failed') throw new Error(`${this.#name}: ${reply.message}`);
    return reply;
  }

  #settle(reply: Reply<Measurement>): void {
    const take = this.#take;
    this.#take = undefined;
    take?.(reply);
  }
}
