/**
 * Looks at a fleet again and again:
 *
 *   every interval   stats ─▶ every node ─▶ samples ─┐
 *   ten times in it  version ─▶ every node ─▶ times ─┴─▶ snapshot, at the tick, whoever has not replied by then
 */
import { type MemcacheError, TimeoutError } from 'memfleet';
import { askNodes, problemOf } from './ask-nodes.ts';
import type { Fleet } from './fleet.ts';
import { NodeRecord, type NodeRow } from './node-record.ts';

/** A fleet at one moment. */
export interface Snapshot {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** In the order of the node list. */
  readonly nodes: readonly NodeRow[];
  /** Why the nodes are not known. */
  readonly problem: string | undefined;
}

/** How a sampler looks. */
export interface SamplerOptions {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Milliseconds until a node that has not replied has failed. */
  readonly timeout: number;
  /** Milliseconds that a look waits for nodes that have not replied; the snapshot is without them then. */
  readonly patience: number;
  /** Receives the round-trip time of each probe that counts, in ms. */
  readonly onProbe?: (node: string, ms: number) => void;
}

/** A node that does not reply has no more probes waiting. */
const mostProbes = 3;
const probesPerTick = 10;
const shortestProbeGap = 50;

interface Lines {
  readonly at: number;
  readonly stats: Map<string, string>;
}

/** Looks at one fleet. */
export class Sampler {
  readonly #fleet: Fleet;
  readonly #records = new Map<string, NodeRecord>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #options: SamplerOptions;
  #problem: string | undefined;
  #pendingLooks = 0;
  #pendingProbes = 0;
  #isStopped = false;

  constructor(fleet: Fleet, options: SamplerOptions) {
    this.#fleet = fleet;
    this.#options = options;
  }

  /** Looks until `stop`; each look gives a snapshot. */
  start(onSnapshot: (snapshot: Snapshot) => void): void {
    const { interval } = this.#options;
    const tick = async (): Promise<void> => {
      const startedAt = performance.now();
      const snapshot = await this.look();
      if (this.#isStopped) return;
      onSnapshot(snapshot);
      this.#after(Math.max(0, interval - (performance.now() - startedAt)), () => void tick());
    };
    const probe = (): void => {
      void this.probe();
      this.#after(Math.max(shortestProbeGap, interval / probesPerTick), probe);
    };
    void tick();
    probe();
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** One look. Fulfils at once when all nodes have replied or failed, and else after a while without them. */
  async look(): Promise<Snapshot> {
    const { interval, timeout, patience } = this.#options;
    // Each ends after the timeout, so that more are never of use.
    if (this.#pendingLooks <= timeout / interval) {
      let timer: NodeJS.Timeout | undefined;
      const patient = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience);
      });
      await Promise.race([this.#ask(), patient]);
      clearTimeout(timer);
    }
    return this.#snapshot();
  }

  /** Measures one round trip of every node. */
  async probe(): Promise<void> {
    if (this.#pendingProbes >= mostProbes) return;
    this.#pendingProbes++;
    const sentAt = performance.now();
    try {
      await askNodes(this.#fleet, undefined, this.#options.timeout, {
        onItem: (node) => this.#probed(node, performance.now() - sentAt),
        onFailure: (node, error) => this.#failed(node, error),
      });
    } catch {
      // The look reports that there are no nodes.
    } finally {
      this.#pendingProbes--;
    }
  }

  async #ask(): Promise<void> {
    this.#pendingLooks++;
    const lines = new Map<string, Lines>();
    const hand = (node: string): void => {
      const sample = lines.get(node);
      if (sample === undefined || sample.stats.size === 0) return;
      this.#record(node).heard({ at: sample.at, stats: sample.stats });
    };
    try {
      await askNodes(this.#fleet, '', this.#options.timeout, {
        onItem: (node, reply) => {
          let entry = lines.get(node);
          if (entry === undefined) {
            entry = { at: performance.now(), stats: new Map() };
            lines.set(node, entry);
            // The lines of a reply come together.
            setImmediate(hand, node);
          }
          entry.stats.set(reply.key, reply.utf8());
        },
        onFailure: (node, error) => this.#failed(node, error),
      });
      this.#problem = undefined;
      // The tick comes after the last samples were handed over.
      await new Promise((resolve) => setImmediate(resolve));
    } catch (error) {
      this.#problem = (error as Error).message;
    } finally {
      this.#pendingLooks--;
    }
  }

  #probed(node: string, ms: number): void {
    if (this.#record(node).probed(ms)) this.#options.onProbe?.(node, ms);
  }

  #failed(node: string, error: MemcacheError): void {
    this.#record(node).failed(problemOf(node, error), error instanceof TimeoutError && error.phase !== 'connect');
  }

  #snapshot(): Snapshot {
    const at = performance.now();
    const names = this.#fleet.client.stats().nodes.map(({ node }) => node);
    for (const name of this.#records.keys()) if (!names.includes(name)) this.#records.delete(name);
    return {
      time: Date.now(),
      nodes: names.map((name) => this.#record(name).tick(at)),
      problem: names.length === 0 ? (this.#problem ?? 'waiting for the list of nodes') : undefined,
    };
  }

  #record(node: string): NodeRecord {
    let record = this.#records.get(node);
    if (record === undefined) {
      record = new NodeRecord(node, performance.now());
      this.#records.set(node, record);
    }
    return record;
  }

  #after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}
