/**
 * Watches a fleet for the dashboard: one look at the statistics of its nodes for each snapshot, and some probes until
 * the next. Nodes that change their state are logged.
 */
import type { ClientOptions } from 'memfleet';
import { version } from 'memfleet';
import { Fleet } from '../fleet/fleet.ts';
import type { Stats } from '../fleet/node-sample.ts';
import { Sampler } from '../fleet/sampler.ts';
import { ProcessMetrics } from '../proxy/metrics/metrics.ts';
import type { Logger } from '../proxy/run/logger.ts';
import { fleetSnapshot, type KnownNode } from './fleet-snapshot.ts';
import { ProbeTimes } from './probe-times.ts';
import { processOf } from './proxy-snapshot.ts';
import type { Snapshot } from './snapshot.ts';

/** Probes of each node for one snapshot. */
const probesPerLook = 5;

/** What is remembered of a node. */
interface Memory {
  readonly times: ProbeTimes;
  stats: Stats;
  state: string;
}

/** Watches one fleet. */
export class FleetWatch {
  readonly #fleet: Fleet;
  readonly #sampler: Sampler;
  readonly #log: Logger;
  readonly #process = new ProcessMetrics();
  readonly #memories = new Map<string, Memory>();
  readonly #startedAt = performance.now();
  #names = '';
  #revision = 0;
  #last: Promise<Snapshot> | undefined;
  #lastAt = 0;

  /** `interval`: ms between two looks. `timeout`: ms until a node that has not replied has failed. */
  constructor(options: ClientOptions<never>, log: Logger, interval: number, timeout: number) {
    this.#fleet = new Fleet(options, true);
    this.#log = log;
    this.#sampler = new Sampler(this.#fleet, {
      interval,
      timeout,
      patience: Math.min(timeout, interval),
      onProbe: (node, ms) => this.#memory(node).times.add(ms),
    });
  }

  /** A snapshot; the last one, if it is not older than `age` ms. */
  take(age = 0): Promise<Snapshot> {
    if (this.#last === undefined || performance.now() - this.#lastAt > age) {
      this.#lastAt = performance.now();
      this.#last = this.#look();
    }
    return this.#last;
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    this.#sampler.stop();
    await this.#fleet.client.close();
  }

  async #look(): Promise<Snapshot> {
    void this.#probe();
    const { nodes, problem } = await this.#sampler.look();
    const known = nodes.map((row): KnownNode => {
      const memory = this.#memory(row.node);
      if (row.stats.size > 0) memory.stats = row.stats;
      this.#logChange(row.node, memory.state, row.state, row.problem);
      memory.state = row.state;
      return { ...row, stats: memory.stats, latency: memory.times.total };
    });
    this.#forget(known.map(({ node }) => node));
    const metrics = await this.#process.read();
    return fleetSnapshot({
      at: Date.now(),
      version,
      uptime: (performance.now() - this.#startedAt) / 1000,
      problem,
      revision: this.#revision,
      nodes: known,
      processes: [processOf('dashboard', process.pid, metrics)],
    });
  }

  async #probe(): Promise<void> {
    for (let count = 0; count < probesPerLook; count++) await this.#sampler.probe();
  }

  #memory(node: string): Memory {
    let memory = this.#memories.get(node);
    if (memory === undefined) {
      memory = { times: new ProbeTimes(), stats: new Map(), state: 'new' };
      this.#memories.set(node, memory);
    }
    return memory;
  }

  /** Where nodes come and go, there would be no end of them. */
  #forget(names: readonly string[]): void {
    const list = names.join('\n');
    if (list === this.#names) return;
    this.#names = list;
    this.#revision++;
    for (const node of this.#memories.keys()) if (!names.includes(node)) this.#memories.delete(node);
    this.#log.info({ nodes: names }, 'nodes');
  }

  #logChange(node: string, before: string, now: string, problem: string | undefined): void {
    if (before === now) return;
    if (now === 'up') this.#log.info({ node }, 'node replies');
    else if (now !== 'new')
      this.#log.warn({ node, ...(problem === undefined ? {} : { error: problem }) }, `node is ${now}`);
  }
}
