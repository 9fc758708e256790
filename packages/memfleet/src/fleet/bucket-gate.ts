/**
 * Holds the commands of a bucket until its layers are loaded:
 *
 *   dispatch ─┬ loaded ─────────▶ the layers
 *             └ waiting (FIFO) ─┬ open: all of them, in order ─▶ the layers
 *                               ├ deadline, closed, destroyed ─▶ error
 *                               └ fail: the layers cannot be loaded ─▶ error, also for all that come later
 */
import type { Clock } from '../base/clock.ts';
import { closedError, noNodesYetError, waitNoMoreError } from '../cluster/cluster-errors.ts';
import type { Command } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import { WaitQueue } from '../core/wait-queue.ts';

/** A dispatcher in front of layers that are being loaded. */
export class BucketGate implements Dispatcher {
  readonly #cluster: Dispatcher;
  readonly #waiting: WaitQueue;
  readonly #maxWaiting: number;
  #layers: Dispatcher | undefined;
  #error: MemcacheError | undefined;

  /** `cluster`: what is behind the layers. */
  constructor(cluster: Dispatcher, clock: Clock, maxWaiting: number) {
    this.#cluster = cluster;
    this.#waiting = new WaitQueue(clock, () => noNodesYetError(undefined));
    this.#maxWaiting = maxWaiting;
  }

  dispatch(command: Command, handler: Handler): void {
    if (this.#layers !== undefined) this.#layers.dispatch(command, handler);
    else if (this.#error !== undefined) handler.onError(this.#error);
    else if (this.#waiting.hasRoom(this.#maxWaiting)) this.#waiting.push(command, handler, Infinity);
    else handler.onError(waitNoMoreError(command, this.#waiting.length));
  }

  /** The layers are loaded. */
  open(layers: Dispatcher): void {
    this.#layers = layers;
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift())
      layers.dispatch(entry.command, entry.handler);
  }

  /** The layers cannot be loaded. */
  fail(error: MemcacheError): void {
    this.#error = error;
    this.#waiting.failAll(error);
  }

  close(): Promise<void> {
    this.#end(closedError());
    return (this.#layers ?? this.#cluster).close();
  }

  destroy(error?: MemcacheError): void {
    this.#end(error ?? closedError());
    (this.#layers ?? this.#cluster).destroy(error);
  }

  #end(error: MemcacheError): void {
    if (this.#layers !== undefined) return;
    this.#error = closedError();
    this.#waiting.failAll(error);
  }
}
