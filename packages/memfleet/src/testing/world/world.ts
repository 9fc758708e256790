/**
 * Hosts on a simulated network under virtual time, in one process, repeatable from a seed.
 *
 *   agenda ─ events ─▶ hosts ─ dial, write ─▶ network ─ bytes, later ─▶ hosts
 */
import type { Random } from '../../base/chance.ts';
import { provideParts } from '../../client/provide-parts.ts';
import { randomOf } from '../faults/random.ts';
import { type Agenda, noOwner, rank } from './agenda.ts';
import { Chronicle } from './chronicle.ts';
import { Host } from './host.ts';
import { type LinkOptions, SimulatedNetwork } from './simulated-network.ts';

/** The options of a world. */
export interface WorldOptions {
  /** The number from which everything follows that is drawn: any integer. */
  readonly seed: number;
  /** How the network is; changed for a time by `World.slow`. */
  readonly network?: LinkOptions | undefined;
  /** The number of lines of the trace that are kept; 0 = none. @default 50 */
  readonly trace?: number | undefined;
}

/** A world, as `play` makes it. */
export class World {
  /** The number from which everything follows that is drawn. */
  readonly seed: number;
  readonly #agenda: Agenda;
  readonly #chronicle: Chronicle;
  readonly #network: SimulatedNetwork;
  readonly #hosts = new Map<string, Host>();
  readonly #healers = new Set<() => void>();

  /** @internal Use `play`. */
  constructor({ network, seed, trace = 50 }: WorldOptions, agenda: Agenda) {
    provideParts();
    this.seed = seed;
    this.#agenda = agenda;
    this.#chronicle = new Chronicle(() => this.#agenda.now, trace);
    this.#network = new SimulatedNetwork(
      this.#agenda,
      (stream) => randomOf(seed, stream),
      network,
      (from, to, chunk) => this.#chronicle.bytes(from, to, chunk),
    );
  }

  /** Virtual milliseconds since the world began. */
  get now(): number {
    return this.#agenda.now;
  }

  /** Events that have happened. */
  get events(): number {
    return this.#agenda.events;
  }

  /** The host of this name, which is made at first. */
  host(name: string): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      const note = (text: string): void => this.note(text);
      host = new Host(name, { seed: this.seed, agenda: this.#agenda, network: this.#network, note });
      this.#hosts.set(name, host);
    }
    return host;
  }

  /** Resolves after so many virtual milliseconds. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Calls back after so many virtual milliseconds. */
  after(ms: number, callback: () => void): void {
    this.#agenda.plan(this.now + ms, rank.timer, noOwner, callback);
  }

  /** A source of random numbers of this world, by name: one that draws more does not disturb another. */
  random(name: string): Random {
    return randomOf(this.seed, `random ${name}`);
  }

  /**
   * Nothing passes between two hosts for `ms` milliseconds; it arrives afterwards, as TCP sends it again. `oneWay`:
   * from the first to the second only.
   */
  partition(one: Host, other: Host, { ms, oneWay = false }: { ms: number; oneWay?: boolean }): void {
    this.note(`${one.name} ${oneWay ? '→' : '↔'} ${other.name}: partition for ${ms} ms`);
    this.#forTime(ms, this.#network.partition(one.name, other.name, oneWay));
  }

  /** All connections between two hosts end. */
  reset(one: Host, other: Host): void {
    this.note(`${one.name} ↔ ${other.name}: reset`);
    this.#network.reset(one.name, other.name);
  }

  /** The network between two hosts is another one for `ms` milliseconds. */
  slow(one: Host, other: Host, { ms, ...link }: LinkOptions & { ms: number }): void {
    this.note(`${one.name} ↔ ${other.name}: ${JSON.stringify(link)} for ${ms} ms`);
    this.#forTime(ms, this.#network.change(one.name, other.name, link));
  }

  /** The host refuses new connections for `ms` milliseconds. */
  refuse(host: Host, ms: number): void {
    this.note(`${host.name}: refuses for ${ms} ms`);
    this.#forTime(ms, this.#network.refuse(host.name));
  }

  /** New connections to the host hear nothing for `ms` milliseconds, and are tried again by their kernel. */
  swallow(host: Host, ms: number): void {
    this.note(`${host.name}: swallows for ${ms} ms`);
    this.#forTime(ms, this.#network.swallow(host.name));
  }

  /** Ends every fault of the network at once. */
  heal(): void {
    this.note('all faults end');
    for (const heal of this.#healers) heal();
    this.#healers.clear();
  }

  /** Adds a line to the trace and to the digest. */
  note(text: string): void {
    this.#chronicle.note(text);
  }

  /** The last lines of the trace, the oldest first. */
  get trace(): readonly string[] {
    return this.#chronicle.lines;
  }

  /** The same number for the same seed and code: bytes delivered and notes, in order and with their times. */
  get digest(): string {
    return this.#chronicle.digest;
  }

  /** What processes that run have open: `app: 2 timers`. Empty after everything was closed. */
  leaks(): string[] {
    return [...this.#hosts.values()].flatMap((host) => host.leaks());
  }

  #forTime(ms: number, heal: () => void): void {
    this.#healers.add(heal);
    this.after(ms, () => {
      if (this.#healers.delete(heal)) heal();
    });
  }
}
