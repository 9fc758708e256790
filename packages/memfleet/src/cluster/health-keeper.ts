/**
 * Acts on the health of all nodes of one cluster: ejects within the share limit, probes, readmits. One timer per
 * ejected node, none otherwise.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { type MemcacheError, NodeEjectedError } from '../core/errors.ts';
import { channels } from '../observe/channels.ts';
import type { Pool } from '../pool/pool.ts';
import { type HealthOptions, NodeHealth } from './node-health.ts';
import type { Member } from './topology.ts';

/** The options of a health keeper. */
export interface HealthKeeperOptions {
  readonly clock: Clock;
  readonly health: HealthOptions;
  readonly ejectShare: number;
  readonly events: {
    onEject(node: string, error: MemcacheError, duration: number): void;
    onReadmit(node: string, duration: number): void;
  };
  readonly random?: (() => number) | undefined;
}

/** Ejects, probes and readmits the nodes of one cluster. */
export class HealthKeeper {
  readonly #options: HealthKeeperOptions;
  readonly #members: () => readonly Member[];
  readonly #timers = new Map<NodeHealth, Timer>();
  #isStopped = false;

  constructor(options: HealthKeeperOptions, members: () => readonly Member[]) {
    this.#options = options;
    this.#members = members;
  }

  create(): NodeHealth {
    return new NodeHealth(this.#options.health, this.#options.random);
  }

  /** Called when a pool reports a failure of its node. */
  onFailure(health: NodeHealth, pool: Pool, error: MemcacheError, replies: number): void {
    const isDue = health.fail(this.#options.clock.now(), replies);
    if (isDue && !this.#isStopped && this.#isMember(health) && this.#mayEject()) this.#eject(health, pool, error);
  }

  /** Called when the node left the topology. */
  forget(health: NodeHealth): void {
    this.#timers.get(health)?.clear();
    this.#timers.delete(health);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.clear();
    this.#timers.clear();
  }

  #isMember(health: NodeHealth): boolean {
    return this.#members().some((member) => member.health === health);
  }

  #mayEject(): boolean {
    const members = this.#members();
    const ejected = members.filter((member) => !member.health.isUsable).length;
    return ejected < Math.ceil(members.length * this.#options.ejectShare);
  }

  #eject(health: NodeHealth, pool: Pool, error: MemcacheError): void {
    const duration = health.eject(this.#options.clock.now());
    // Before any event: a listener may change the node list, or close everything.
    this.#probeLater(health, pool);
    channels.eject.publish({ node: pool.node, duration, error });
    this.#options.events.onEject(pool.node, error, duration);
    pool.reset(new NodeEjectedError(`${pool.node} was ejected: ${error.message}`, { node: pool.node, cause: error }));
  }

  #probeLater(health: NodeHealth, pool: Pool): void {
    const { clock } = this.#options;
    const timer = clock.setTimer(health.untilProbe(clock.now()), () => this.#probe(health, pool), false);
    this.#timers.set(health, timer);
  }

  #probe(health: NodeHealth, pool: Pool): void {
    if (this.#isStopped || !this.#timers.delete(health)) return;
    health.probe();
    pool.probe((error) => {
      if (this.#isStopped || !this.#isMember(health)) return;
      const now = this.#options.clock.now();
      if (error !== undefined) {
        // A timer may fire a fraction of a millisecond early.
        if (health.untilProbe(now) >= 1) {
          health.stayEjected();
          this.#probeLater(health, pool);
        } else this.#eject(health, pool, error);
        return;
      }
      const duration = now - health.ejectedAt;
      health.succeed(now);
      channels.readmit.publish({ node: pool.node, duration, error: undefined });
      this.#options.events.onReadmit(pool.node, duration);
    });
  }
}
