/**
 * A config source that asks again and again.
 *
 *   ask ─ a list ───▶ listener                                          next: interval ± 10 %
 *    ├── empty, failed, too late ▶ listener.onError, the last list stays  next: back-off
 *    └── never asked again when the interval is 0 and a list was given once
 *
 * The waits are jittered so that the clients of a fleet do not all ask, and change over, in the same moment.
 */
import { Backoff, withJitter } from '../../base/backoff.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { ConfigError, MemcacheError } from '../../core/errors.ts';
import type { ConfigListener, ConfigSource } from '../config-source.ts';
import type { ClusterNode } from '../node-spec.ts';

/** Finds the nodes. What it throws is reported. The signal says that nobody waits for the answer any more. */
export type FindNodes = (signal: AbortSignal) => readonly ClusterNode[] | Promise<readonly ClusterNode[]>;

/** How a polling source asks. Times in ms. */
export interface PollingOptions {
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  /** Between an answer and the next question; 0 = only until there is an answer. */
  readonly interval: number;
  /** An answer that takes longer is a failure. */
  readonly timeout: number;
}

/** How long an answer may take where nothing else is said, in ms. */
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
  #asking: AbortController | undefined;

  /** `what`: whom it asks, for messages. */
  constructor(find: FindNodes, what: string, options: PollingOptions) {
    this.#find = find;
    this.#what = what;
    this.#options = options;
    this.#backoff = new Backoff(retry, options.random);
  }

  start(listener: ConfigListener): void {
    const { clock, timeout } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    /** The first outcome counts: the answer, a failure, or that it took too long. */
    const settle = (apply: () => void): void => {
      if (this.#asking !== asking) return;
      this.#asking = undefined;
      this.#timer?.clear();
      apply();
    };
    this.#timer = clock.setTimer(timeout, () => {
      asking.abort();
      settle(() => this.#failed(listener, new ConfigError(`${this.#what} did not answer within ${timeout} ms`)));
    });
    this.#ask(asking.signal).then(
      (nodes) => settle(() => this.#found(listener, nodes)),
      (error: unknown) => settle(() => this.#failed(listener, error)),
    );
  }

  stop(): void {
    this.#timer?.clear();
    this.#asking?.abort();
    this.#asking = undefined;
  }

  async #ask(signal: AbortSignal): Promise<readonly ClusterNode[]> {
    const nodes = await this.#find(signal);
    if (nodes.length === 0) throw new ConfigError(`${this.#what} gave an empty list`);
    return nodes;
  }

  #found(listener: ConfigListener, nodes: readonly ClusterNode[]): void {
    const { interval, random = Math.random } = this.#options;
    // Before the listener hears of it, as it may stop this source.
    if (interval > 0) this.#again(listener, withJitter(interval, jitter, random));
    try {
      listener.onNodes(nodes);
      this.#backoff.reset();
    } catch (error) {
      // A list that no locator can be made of: the list before stays.
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
