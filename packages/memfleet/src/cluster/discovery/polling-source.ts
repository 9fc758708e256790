/**
 * A config source that polls.
 *
 *   poll ─ a list ───▶ listener                                          next: interval ± 10 %
 *     ├── empty, failed, too late ▶ listener.onError, the last list stays  next: back-off
 *     └── no further request when the interval is 0 and a list was found
 *
 * The waits are jittered so that the clients of a fleet do not all send requests, and change over, at the same moment.
 */
import { Backoff, withJitter } from '../../base/backoff.ts';
import { systemRandom } from '../../base/chance.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { ConfigError, MemcacheError } from '../../core/errors.ts';
import type { ConfigListener, ConfigSource } from '../config-source.ts';
import type { ClusterNode } from '../node-spec.ts';

/** Finds the nodes. Its exceptions are reported. The signal aborts when the result is not needed any more. */
export type FindNodes = (signal: AbortSignal) => readonly ClusterNode[] | Promise<readonly ClusterNode[]>;

/** The options of a polling source. Times in ms. */
export interface PollingOptions {
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  /** The time between a result and the next request; 0 = no request after the first result. */
  readonly interval: number;
  /** The time after which a request has failed. */
  readonly timeout: number;
}

/** The default time limit of a request, in ms. */
export const pollTimeout: number = 5000;

const jitter = 0.1;
const retry = { initial: 1000, max: 30_000, factor: 2, jitter: 0.2 };

/** A config source that fetches the node list again and again. */
export class PollingSource implements ConfigSource {
  readonly #find: FindNodes;
  readonly #what: string;
  readonly #options: PollingOptions;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #request: AbortController | undefined;

  /** `what`: the name of the source, for messages. */
  constructor(find: FindNodes, what: string, options: PollingOptions) {
    this.#find = find;
    this.#what = what;
    this.#options = options;
    this.#backoff = new Backoff(retry, options.random);
  }

  start(listener: ConfigListener): void {
    const { clock, timeout } = this.#options;
    const request = new AbortController();
    this.#request = request;
    /** The first outcome counts: the result, a failure, or the time limit. */
    const settle = (apply: () => void): void => {
      if (this.#request !== request) return;
      this.#request = undefined;
      this.#timer?.clear();
      apply();
    };
    this.#timer = clock.setTimer(timeout, () => {
      request.abort();
      settle(() => this.#failed(listener, new ConfigError(`${this.#what} did not respond within ${timeout} ms`)));
    });
    this.#fetch(request.signal).then(
      (nodes) => settle(() => this.#found(listener, nodes)),
      (error: unknown) => settle(() => this.#failed(listener, error)),
    );
  }

  stop(): void {
    this.#timer?.clear();
    this.#request?.abort();
    this.#request = undefined;
  }

  async #fetch(signal: AbortSignal): Promise<readonly ClusterNode[]> {
    const nodes = await this.#find(signal);
    if (nodes.length === 0) throw new ConfigError(`${this.#what} returned an empty list`);
    return nodes;
  }

  #found(listener: ConfigListener, nodes: readonly ClusterNode[]): void {
    const { interval, random = systemRandom } = this.#options;
    // Before the listener is called, because it may stop this source.
    if (interval > 0) this.#again(listener, withJitter(interval, jitter, random));
    try {
      listener.onNodes(nodes);
      this.#backoff.reset();
    } catch (error) {
      // No locator can be made from the list: the previous list stays.
      this.#timer?.clear();
      this.#failed(listener, error);
    }
  }

  #failed(listener: ConfigListener, error: unknown): void {
    this.#again(listener, this.#backoff.next());
    const isOurs = error instanceof MemcacheError;
    const message = error instanceof Error ? error.message : String(error);
    listener.onError(isOurs ? error : new ConfigError(`${this.#what} failed: ${message}`, { cause: error }));
  }

  #again(listener: ConfigListener, wait: number): void {
    this.#timer = this.#options.clock.setTimer(wait, () => this.start(listener), false);
  }
}
