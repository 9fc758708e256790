/** The engine in a process: what it does goes to the log, what it counts into the report. */
import type { Socket } from 'node:net';
import { createProxy, type Proxy, type ProxyOptions, type ProxyStats } from 'memfleet/proxy';
import { EventCounts } from '../metrics/event-counts.ts';
import { mergeStats } from '../metrics/merge-stats.ts';
import { ProcessMetrics, proxyMetrics } from '../metrics/metrics.ts';
import { type EngineState, formatAddress, type Report } from './host.ts';
import type { Logger } from './logger.ts';

/** The engine of one process, with its log and its report. */
export class Engine {
  readonly #log: Logger;
  readonly #onReset: () => void;
  readonly #worker: number | undefined;
  readonly #handOver: ProxyOptions['handOver'];
  #addresses: ReadonlySet<string> = new Set();
  readonly #events = new EventCounts();
  readonly #process = new ProcessMetrics();
  #proxy: Proxy | undefined;
  /** The last statistics of the engines of other processes. */
  #others: readonly ProxyStats[] = [];
  readonly #gatherStats = (own: ProxyStats): ProxyStats => mergeStats([own, ...this.#others]);

  /**
   * `onReset`: a client said `stats reset`. `worker`: the number of the worker process that it is in. `handOver`: as of
   * `ProxyOptions`.
   */
  constructor(
    log: Logger,
    onReset: () => void = () => {},
    worker?: number,
    handOver?: NonNullable<ProxyOptions['handOver']>,
  ) {
    this.#log = log;
    this.#onReset = onReset;
    this.#worker = worker;
    this.#handOver = handOver;
  }

  /** Loads what reports need: once clients have all file descriptors, no file can be opened. */
  async prepareReports(): Promise<void> {
    await this.#process.read();
  }

  /** Rejects with a MemcacheError when an address cannot be had. */
  async start(options: ProxyOptions): Promise<void> {
    const proxy = createProxy(this.#withHooks(options));
    logEvents(proxy, this.#log);
    this.#events.watch(proxy);
    proxy.on('statsReset', () => {
      this.#others = [];
      this.#onReset();
    });
    await proxy.listen();
    this.#proxy = proxy;
    this.#noteAddresses();
  }

  async reload(options: ProxyOptions): Promise<void> {
    await this.#proxy?.reload(this.#withHooks(options));
    this.#noteAddresses();
  }

  /** Whether a listener has that address. */
  listensOn(listener: string): boolean {
    return this.#addresses.has(listener);
  }

  /** Serves a client that another process has accepted. False: no listener at that address accepts any. */
  adopt(socket: Socket, listener: string): boolean {
    return this.#proxy?.adopt(socket, listener) ?? false;
  }

  /** The statistics of other processes that share the listeners, to be added in replies to clients. */
  setPeerStats(others: readonly ProxyStats[]): void {
    this.#others = others;
  }

  /** A client of another process said `stats reset`. */
  resetStats(): void {
    this.#others = [];
    this.#proxy?.resetStats();
  }

  /** Undefined before the start. */
  state(): EngineState | undefined {
    const stats = this.#proxy?.stats();
    return stats === undefined ? undefined : { pid: process.pid, worker: this.#worker, stats };
  }

  /** Undefined before the start. */
  async report(): Promise<Report | undefined> {
    const state = this.state();
    if (state === undefined) return undefined;
    const metrics = proxyMetrics({ stats: state.stats, events: this.#events });
    return { ...state, metrics: [...metrics, ...(await this.#process.read())] };
  }

  #withHooks(options: ProxyOptions): ProxyOptions {
    return { ...options, gatherStats: this.#gatherStats, handOver: this.#handOver };
  }

  #noteAddresses(): void {
    const { listeners = [] } = this.#proxy?.stats() ?? {};
    this.#addresses = new Set(listeners.map(({ address }) => formatAddress(address)));
  }

  async drain(): Promise<void> {
    await this.#proxy?.close();
  }

  async kill(): Promise<void> {
    await this.#proxy?.destroy();
  }
}

function logEvents(proxy: Proxy, log: Logger): void {
  proxy.on('eject', ({ cluster, node, error, duration }) =>
    log.warn({ cluster, node, duration: Math.round(duration), error: error.message, code: error.code }, 'node ejected'),
  );
  proxy.on('readmit', ({ cluster, node, duration }) =>
    log.info({ cluster, node, duration: Math.round(duration) }, 'node readmitted'),
  );
  proxy.on('connect', ({ cluster, node }) => log.debug({ cluster, node }, 'connected to node'));
  proxy.on('disconnect', ({ cluster, node, error }) =>
    log.debug({ cluster, node, ...(error === undefined ? {} : { error: error.message }) }, 'disconnected from node'),
  );
  proxy.on('topology', ({ cluster, nodes, revision }) => log.info({ cluster, nodes, revision }, 'topology'));
  proxy.on('sourceError', ({ cluster, error }) =>
    log.warn({ cluster, error: error.message, code: error.code }, 'node list not found out'),
  );
}
