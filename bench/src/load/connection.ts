/**
 * One client: sends a request, counts the bytes that come until the answer is whole, sends the next.
 *
 *   request ──write──▶ proxy or server
 *   bytes   ◀─onread── one buffer for all connections: nobody looks at what is in it
 */
import { createConnection, type Socket } from 'node:net';
import type { Exchange } from './requests.ts';
import type { Tally } from './tally.ts';

const scratch = Buffer.allocUnsafeSlow(262_144);

/** What all connections of a measurement have in common. */
export interface LoadPlan {
  readonly port: number;
  readonly exchanges: readonly Exchange[];
  readonly depth: number;
  readonly tally: Tally;
  /** The one place that reports a connection that closes too early. */
  readonly fail: (error: Error) => void;
}

export class LoadConnection {
  readonly #plan: LoadPlan;
  readonly #socket: Socket;
  readonly #replyLength: number;
  #next: number;
  #missing = 0;
  #since = 0;

  constructor(plan: LoadPlan, first: number, onConnect: () => void) {
    this.#plan = plan;
    this.#next = first % Math.max(1, plan.exchanges.length);
    this.#replyLength = plan.exchanges[0]?.reply.length ?? 0;
    this.#socket = createConnection({
      port: plan.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: scratch, callback: (count) => this.#read(count) },
    });
    this.#socket.once('connect', onConnect);
    this.#socket.on('error', plan.fail);
    this.#socket.on('end', () => plan.fail(new Error('a connection was closed')));
  }

  start(): void {
    const { exchanges } = this.#plan;
    const { request } = exchanges[this.#next] as Exchange;
    this.#next = this.#next + 1 === exchanges.length ? 0 : this.#next + 1;
    this.#missing = this.#replyLength;
    this.#since = performance.now();
    this.#socket.write(request);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(count: number): boolean {
    this.#missing -= count;
    if (this.#missing > 0) return true;
    if (this.#missing < 0) this.#plan.fail(new Error('more bytes came than were asked for'));
    const { tally, depth } = this.#plan;
    tally.end(depth, this.#since);
    if (!tally.isOver) this.start();
    return true;
  }
}
