/** The engine in this process. */
import type { MetricData } from '../metrics/metrics.ts';
import type { ProxySettings } from '../settings.ts';
import { Engine } from './engine.ts';
import type { EngineState, Host, Report } from './host.ts';
import type { Logger } from './logger.ts';

/** The engine in this process. */
export class LocalHost implements Host {
  readonly #engine: Engine;
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
    this.#engine = new Engine(log);
  }

  async start({ proxy }: ProxySettings): Promise<void> {
    await this.#engine.start(proxy);
  }

  async reload({ proxy, workers, log }: ProxySettings): Promise<void> {
    await this.#engine.reload(proxy);
    this.#log.level = log.level;
    if (workers > 1) this.#log.warn({ workers }, 'workers begin with a restart');
  }

  states(): Promise<readonly EngineState[]> {
    const state = this.#engine.state();
    return Promise.resolve(state === undefined ? [] : [state]);
  }

  async reports(): Promise<readonly Report[]> {
    const report = await this.#engine.report();
    return report === undefined ? [] : [report];
  }

  ownMetrics(): Promise<readonly (readonly MetricData[])[]> {
    return Promise.resolve([]);
  }

  drain(): Promise<void> {
    return this.#engine.drain();
  }

  kill(): Promise<void> {
    return this.#engine.kill();
  }
}
