/** Where node lists come from. */
import type { Clock, Timer } from '../base/clock.ts';
import { type MemcacheError, NoNodesError } from '../errors.ts';
import { type ClusterNode, type NodeInput, parseNodes } from './node-spec.ts';
import type { BucketConfig } from './vbucket/bucket-config.ts';

/** Takes what a config source finds. */
export interface ConfigListener {
  /** A node list that is not empty; `bucket`, where there is one, says which keys they have. The cluster compares it with the one it has. */
  onNodes(nodes: readonly ClusterNode[], bucket?: BucketConfig): void;
  /** It could not be found out now; the list before stays. Where there is none, the commands that wait for it fail. */
  onError(error: MemcacheError): void;
}

/** Finds out, now or later, once or again and again, which nodes there are. */
export interface ConfigSource {
  /** May call the listener before it returns. */
  start(listener: ConfigListener): void;
  stop(): void;
}

/** A list that never changes by itself. */
export function staticSource(nodes: readonly ClusterNode[]): ConfigSource {
  return { start: (listener) => listener.onNodes(nodes), stop() {} };
}

/** A function of the user that gives the list. */
export type NodesFunction = () => readonly NodeInput[] | Promise<readonly NodeInput[]>;

/** Wait after a call that failed, in ms. */
const retryDelay = 1000;

/** Calls the function, then again every `refreshInterval` ms (0 = only until it has given a list once). An empty list is an error. */
export class FunctionSource implements ConfigSource {
  readonly #nodes: NodesFunction;
  readonly #clock: Clock;
  readonly #refreshInterval: number;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(nodes: NodesFunction, clock: Clock, refreshInterval: number) {
    this.#nodes = nodes;
    this.#clock = clock;
    this.#refreshInterval = refreshInterval;
  }

  start(listener: ConfigListener): void {
    this.#isStopped = false;
    void this.#ask(listener);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
  }

  async #ask(listener: ConfigListener): Promise<void> {
    let isFound = false;
    try {
      const nodes = parseNodes(await this.#nodes());
      if (this.#isStopped) return;
      if (nodes.length === 0) throw new NoNodesError('the nodes function gave an empty list');
      isFound = true;
      listener.onNodes(nodes);
    } catch (error) {
      if (this.#isStopped) return;
      listener.onError(
        error instanceof NoNodesError ? error : new NoNodesError('the nodes function failed', { cause: error }),
      );
    }
    const wait = isFound ? this.#refreshInterval : retryDelay;
    if (wait > 0) this.#timer = this.#clock.setTimer(wait, () => void this.#ask(listener), !isFound);
  }
}
