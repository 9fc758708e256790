/** A machine of a world with one process, which has one life after the other. */
import type { Random } from '../../base/chance.ts';
import type { Clock } from '../../base/clock.ts';
import type { Network } from '../../net/network.ts';
import { randomOf } from '../faults/random.ts';
import type { Agenda, Owner } from './agenda.ts';
import type { Death, SimulatedNetwork } from './simulated-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Options of clients and proxies that run on a host. */
export interface HostOptions {
  /** Virtual time, which stands still while the process does. */
  readonly clock: Clock;
  /** The simulated network, seen from the host. */
  readonly network: Network;
  /** Random numbers from the seed of the world. */
  readonly random: Random;
}

/** What a host needs of its world. */
export interface HostSite {
  readonly seed: number;
  readonly agenda: Agenda;
  readonly network: SimulatedNetwork;
  note(text: string): void;
}

/** One life of the process. */
class Life implements Owner {
  isGone = false;
  standsStillUntil = 0;
  readonly clock: VirtualClock;
  readonly options: HostOptions;

  constructor(name: string, number: number, { agenda, network, seed }: HostSite) {
    this.clock = new VirtualClock(agenda, this, randomOf(seed, `${name} ${number} turns`));
    const random = randomOf(seed, `${name} ${number}`);
    this.options = { clock: this.clock, network: network.at({ name, owner: this }), random };
  }
}

/** A machine, and the process on it. */
export class Host {
  /** Its name in traces. */
  readonly name: string;
  readonly #site: HostSite;
  #lives = 1;
  #life: Life;

  /** @internal Use `World.host`. */
  constructor(name: string, site: HostSite) {
    this.name = name;
    this.#site = site;
    this.#life = new Life(name, 1, site);
  }

  /** For `createClient` and `createProxy` on this host: they belong to its current life. */
  get options(): HostOptions {
    return this.#life.options;
  }

  /** For `createServer` on this host, which draws nothing at random. */
  get serverOptions(): Omit<HostOptions, 'random'> {
    const { clock, network } = this.#life.options;
    return { clock, network };
  }

  /** The clock of the current life. */
  get clock(): VirtualClock {
    return this.#life.clock;
  }

  /** False after `kill`, until `start`. */
  get isUp(): boolean {
    return !this.#life.isGone;
  }

  /** The process stands still for so many milliseconds; what is due happens after them. */
  pause(ms: number): void {
    const { agenda } = this.#site;
    this.#site.note(`${this.name} stands still for ${ms} ms`);
    this.#life.standsStillUntil = Math.max(this.#life.standsStillUntil, agenda.now + ms);
  }

  /** The process ends at once. What it waited for never comes. */
  kill(how: Death = 'reset'): void {
    if (this.#life.isGone) return;
    this.#site.note(`${this.name} dies (${how})`);
    this.#life.isGone = true;
    this.#site.network.kill(this.#life, how);
  }

  /** A new process begins, without anything of the one before: make its server, proxy or client again. */
  start(): void {
    if (!this.#life.isGone) return;
    this.#site.note(`${this.name} starts`);
    this.#life = new Life(this.name, ++this.#lives, this.#site);
  }

  /** What its process has open: `2 timers`, `1 connection`. */
  leaks(): string[] {
    if (!this.isUp) return [];
    const counts = { timer: this.clock.timers, connection: this.#site.network.open(this.#life) };
    return Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${this.name}: ${count} ${what}${count === 1 ? '' : 's'}`);
  }
}
