/**
 * The supervisor: worker processes that share the listeners, and what becomes of them.
 *
 *   dies ─▶ its counts are remembered ─ back-off ─▶ a new one
 *   silent for too long ─▶ killed ─▶ as above
 *   new settings: one worker first; if it refuses, nobody gets them; if a later one refuses, all go back
 *   all are dead at once ─▶ node:cluster closes what they shared; an inherited socket cannot be had again: the end
 */
import cluster from 'node:cluster';
import { proxyDefaults } from 'memfleet/proxy';
import { ownProcess } from '../../own-program.ts';
import { counter, gauge, type MetricData, ProcessMetrics, remember } from '../metrics/metrics.ts';
import type { ProxySettings } from '../settings.ts';
import { ClientExchange } from './client-exchange.ts';
import type { EngineState, Host, Report } from './host.ts';
import type { Logger } from './logger.ts';
import { WorkerError } from './messages.ts';
import { WorkerProcess } from './worker-process.ts';

/**
 * Waits before a new worker takes the place of one that died, in ms: the first, the longest; a worker that ran for so
 * long begins anew.
 */
const backoff = { first: 100, longest: 10_000, forgottenAfter: 10_000 } as const;

/** How often it is looked whether workers are silent, in ms, and how often in a row they may be. */
const watch = { period: 1000, missedReports: 30 } as const;

/** What a worker may take longer to drain than it is allowed to, in ms. */
const patience = 5000;

function isUp(worker: WorkerProcess): Promise<boolean> {
  return worker.started.then(
    () => true,
    () => false,
  );
}

/** The descriptors of its listeners. */
function handedTo({ proxy }: ProxySettings): number[] {
  return proxy.listeners.flatMap(({ fd }) => fd ?? []);
}

/** The supervisor of the worker processes. */
export class WorkerHost implements Host {
  readonly #log: Logger;
  readonly #process = new ProcessMetrics();
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #exchange = new ClientExchange(this.#workers);
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onLost: () => void;
  readonly #onLog: (json: string) => void;
  /** Descriptors of sockets that were handed over and are closed. */
  readonly #spent = new Set<number>();
  #watcher: NodeJS.Timeout | undefined;
  #settings: ProxySettings | undefined;
  #departed: readonly MetricData[] = [];
  #remembering: Promise<void> = Promise.resolve();
  #restarts = 0;
  #isEnding = false;

  /**
   * `onLost`: it cannot go on, as sockets that were handed over are closed. `onLog`: a worker has logged a line.
   */
  constructor(log: Logger, onLost: () => void = () => {}, onLog: (json: string) => void = () => {}) {
    this.#log = log;
    this.#onLog = onLog;
    this.#onLost = onLost;
  }

  async start(settings: ProxySettings): Promise<void> {
    // node:cluster reads it once, in setupPrimary.
    if (settings.accept === 'workers') cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ ...ownProcess(['proxy-worker']), silent: false });
    this.#settings = settings;
    try {
      // The first one alone: what it takes for an abandoned Unix socket must not be what another has just made.
      await this.#fork(1).started;
      const rest = Array.from({ length: settings.workers - 1 }, (_, index) => this.#fork(index + 2));
      await Promise.all(rest.map((worker) => worker.started));
      for (const [worker, { pid }] of this.#workers) this.#log.info({ worker, workerPid: pid }, 'worker runs');
      this.#watcher = setInterval(() => this.#watch(), watch.period);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async reload(settings: ProxySettings): Promise<void> {
    const before = this.#settings as ProxySettings;
    const handed = handedTo(settings);
    const spent = handed.find((fd) => this.#spent.has(fd));
    if (spent !== undefined)
      throw new WorkerError({ message: `fd:${spent} was closed with its listener`, code: undefined });
    const done: WorkerProcess[] = [];
    try {
      for (const worker of this.#workers.values()) {
        if (!(await isUp(worker))) continue;
        await worker.reload(settings);
        done.push(worker);
      }
    } catch (error) {
      await Promise.allSettled(done.map((worker) => worker.reload(before)));
      throw error;
    }
    this.#settings = settings;
    if (settings.accept !== before.accept)
      this.#log.warn({ accept: settings.accept }, 'another way to accept clients begins with a restart');
    for (const fd of handedTo(before)) if (!handed.includes(fd)) this.#spent.add(fd);
    this.#log.level = settings.log.level;
    // Those that were born meanwhile.
    for (const worker of this.#workers.values())
      if (worker.settings !== settings && (await isUp(worker)))
        await worker.reload(settings).catch(() => worker.destroy());
    await this.#scale(before.workers, settings.workers);
  }

  /** With their metrics, which workers report once a second anyway. */
  states(): Promise<readonly EngineState[]> {
    return this.reports();
  }

  async reports(): Promise<readonly Report[]> {
    const reports = await Promise.all(this.#running().map((worker) => worker.report()));
    return reports.filter((report) => report !== undefined);
  }

  async ownMetrics(): Promise<readonly (readonly MetricData[])[]> {
    await this.#remembering;
    const own = [
      gauge('memfleet_workers', 'Worker processes that run.', this.#running().length),
      counter('memfleet_worker_restarts_total', 'Workers that took the place of one that died.', this.#restarts),
    ];
    return [this.#departed, [...own, ...(await this.#process.read())]];
  }

  async drain(): Promise<void> {
    await this.#end((worker) => worker.end('drain'));
  }

  async kill(): Promise<void> {
    await this.#end((worker) => {
      worker.end('kill');
      // One that hangs does not listen.
      worker.destroy();
    });
  }

  async #end(how: (worker: WorkerProcess) => void): Promise<void> {
    this.#isEnding = true;
    clearInterval(this.#watcher);
    for (const timer of this.#timers) clearTimeout(timer);
    const workers = [...this.#workers.values()];
    this.#exchange.close();
    for (const worker of workers) how(worker);
    const { closeTimeout = proxyDefaults.closeTimeout } = this.#settings?.proxy ?? {};
    const tooLate = setTimeout(() => workers.forEach((worker) => worker.destroy()), closeTimeout + patience);
    await Promise.all(workers.map((worker) => worker.gone));
    clearTimeout(tooLate);
  }

  #running(): WorkerProcess[] {
    return [...this.#workers.values()].filter((worker) => worker.isListening);
  }

  #fork(number: number, wait: number = backoff.first): WorkerProcess {
    const worker: WorkerProcess = new WorkerProcess(number, this.#settings as ProxySettings, {
      onReset: () => this.#resetAll(worker),
      onLog: this.#onLog,
      onClients: (word, socket) => this.#exchange.take(number, worker, word, socket),
    });
    this.#workers.set(number, worker);
    void this.#supervise(number, worker, wait);
    return worker;
  }

  /** Waits for the end of a worker, and sees to its successor. */
  async #supervise(number: number, worker: WorkerProcess, wait: number): Promise<void> {
    const bornAt = performance.now();
    const reason = await worker.gone;
    this.#exchange.remove(number);
    if (this.#workers.get(number) === worker) this.#workers.delete(number);
    this.#recordExit(worker);
    if (this.#isEnding || number > (this.#settings as ProxySettings).workers) return;
    // While the first workers start, a failure is the end of all of them.
    if (this.#watcher === undefined) return;
    if (this.#running().length === 0 && handedTo(this.#settings as ProxySettings).length > 0) {
      this.#onLost();
      return;
    }
    const restartIn = performance.now() - bornAt > backoff.forgottenAfter ? backoff.first : wait;
    this.#log.error({ worker: number, workerPid: worker.pid, reason, restartIn }, 'worker died');
    this.#later(restartIn, () => void this.#replace(number, Math.min(restartIn * 2, backoff.longest)));
  }

  async #replace(number: number, wait: number): Promise<void> {
    if (this.#workers.has(number) || number > (this.#settings as ProxySettings).workers) return;
    this.#restarts++;
    const worker = this.#fork(number, wait);
    try {
      await worker.started;
      this.#log.info({ worker: number, workerPid: worker.pid }, 'worker runs');
    } catch (error) {
      this.#log.error({ worker: number, error: (error as Error).message }, 'worker cannot start');
      worker.destroy();
    }
  }

  /** More workers, or fewer: those with the highest numbers go. */
  async #scale(before: number, workers: number): Promise<void> {
    const fresh: WorkerProcess[] = [];
    for (let number = before + 1; number <= workers; number++) fresh.push(this.#fork(number));
    for (const [number, worker] of this.#workers) {
      if (number <= workers) continue;
      this.#exchange.remove(number);
      worker.end('drain');
    }
    await Promise.allSettled(fresh.map((worker) => worker.started));
  }

  #recordExit({ lastReport }: WorkerProcess): void {
    if (lastReport !== undefined) this.#remembering = this.#remember(this.#remembering, lastReport.metrics);
  }

  /** One after the other. */
  async #remember(before: Promise<void>, last: readonly MetricData[]): Promise<void> {
    await before;
    this.#departed = await remember(this.#departed, last);
  }

  /** A client of one worker said `stats reset`: all begin anew. */
  #resetAll(first: WorkerProcess): void {
    first.forget();
    for (const worker of this.#running()) if (worker !== first) worker.resetStats();
  }

  /** A worker replies to `stats` with the sum over all workers. */
  #shareStats(): void {
    const running = this.#running();
    for (const worker of running) {
      const others = running.filter((other) => other !== worker);
      worker.setPeerStats(others.flatMap(({ lastReport }) => lastReport?.stats ?? []));
    }
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  #watch(): void {
    this.#shareStats();
    for (const [number, worker] of this.#workers) {
      if (worker.countMissedReport() < watch.missedReports) continue;
      this.#log.error({ worker: number, workerPid: worker.pid }, 'worker is silent');
      worker.destroy();
    }
  }
}
