/**
 * A network in memory, under virtual time: each life of a process has a `Network` of its own on it.
 *
 *   dial ─ SYN ─▶ port? ─ none ─▶ refused          nothing there, or nobody hears: again after 1, 2, 4 … s
 *                   └─▶ two ends with a pipe each way ─▶ onOpen, accept
 */
import type { DialOptions } from '../../net/dial.ts';
import type { Network, PortEvents, PortOptions } from '../../net/network.ts';
import { formatAddress, type Transport, type TransportEvents } from '../../net/transport.ts';
import { type Agenda, noOwner, type Owner, rank } from './agenda.ts';
import { Link, type LinkOptions } from './link.ts';
import { SimulatedPort } from './simulated-port.ts';
import { SimulatedTransport, systemError } from './simulated-transport.ts';
import { type Death, Kernel, type Machine, type Site } from './site.ts';

export type { Cut, LinkOptions } from './link.ts';
export type { Death } from './site.ts';

/** Receives what is read: names of two places, and bytes that are valid during the call. */
export type OnBytes = (from: string, to: string, chunk: Uint8Array) => void;

/** The kernel repeats a SYN so often, and gives up after twice the last interval. */
const synRetries = 6;
const firstSynRetry = 1000;
const firstFreePort = 40_000;

/** A dial in progress. */
interface Dial {
  readonly site: Site;
  readonly address: string;
  readonly end: SimulatedTransport;
  readonly onOpen: () => void;
}

/** All places, ports and connections of a world. */
export class SimulatedNetwork {
  readonly #agenda: Agenda;
  readonly #randomOf: (stream: string) => () => number;
  readonly #options: LinkOptions;
  readonly #onBytes: OnBytes | undefined;
  readonly #links = new Map<string, Link>();
  readonly #ports = new Map<string, SimulatedPort>();
  /** The place that listened last on an address. */
  readonly #homes = new Map<string, string>();
  readonly #machines = new Map<string, Machine>();
  readonly #sites = new Map<Owner, Site>();
  readonly #ends = new Set<SimulatedTransport>();
  readonly #pairs = new Map<string, number>();
  readonly #refusing = new Map<string, number>();
  readonly #swallowing = new Map<string, number>();
  #nextPort = firstFreePort;
  #nextClient = firstFreePort;

  /** `randomOf`: a source of numbers for each name. `options`: how every way is, unless it is changed. */
  constructor(
    agenda: Agenda,
    randomOf: (stream: string) => () => number,
    options: LinkOptions = {},
    onBytes?: OnBytes,
  ) {
    this.#agenda = agenda;
    this.#randomOf = randomOf;
    this.#options = options;
    this.#onBytes = onBytes;
  }

  /** The network of one life of a process at a place. A place without power has power again. */
  at({ name, owner }: { readonly name: string; readonly owner: Owner }): Network {
    const machine = this.#machineOf(name);
    if (machine.isDark) this.#light(machine);
    const site: Site = { name, owner, kernel: new Kernel(owner), machine };
    this.#sites.set(owner, site);
    return {
      dial: (options, events, onOpen) => this.#dial(site, options, events, onOpen),
      port: (options, events) => this.#port(site, options, events),
    };
  }

  /** The process has died, and how its peers hear of it. Its transports and ports call nothing any more. */
  kill(owner: Owner, how: Death): void {
    const site = this.#sites.get(owner);
    this.#sites.delete(owner);
    if (site !== undefined && how === 'silent') site.machine.isDark = true;
    for (const port of new Set(this.#ports.values())) if (port.site.owner === owner) port.vanish();
    for (const end of this.#ends) if (end.owner === owner) end.kill(how);
  }

  /** Nothing passes from one place to the other, and back unless `oneWay`, until the returned function is called. */
  partition(one: string, other: string, oneWay = false): () => void {
    const heals = [this.#link(one, other).block(), ...(oneWay ? [] : [this.#link(other, one).block()])];
    return () => {
      for (const heal of heals) heal();
    };
  }

  /** The ways between two places are different until the returned function is called. */
  change(one: string, other: string, options: LinkOptions): () => void {
    const undo = [this.#link(one, other).change(options), this.#link(other, one).change(options)];
    return () => {
      for (const end of undo) end();
    };
  }

  /** Breaks all connections between two places. */
  reset(one: string, other: string): void {
    for (const end of this.#ends) {
      const [here, there] = end.places;
      if ((here === one && there === other) || (here === other && there === one)) end.breakOff();
    }
  }

  /** The place refuses connections until the returned function is called. */
  refuse(name: string): () => void {
    return counted(this.#refusing, name);
  }

  /** Dials to the place hear nothing until the returned function is called. */
  swallow(name: string): () => void {
    return counted(this.#swallowing, name);
  }

  /** The connections and listening addresses of a process. */
  open(owner: Owner): number {
    let count = 0;
    for (const end of this.#ends) if (end.owner === owner) count++;
    for (const port of this.#ports.values()) if (port.site.owner === owner) count++;
    return count;
  }

  #port(site: Site, options: PortOptions, events: PortEvents): SimulatedPort {
    const ports = this.#ports;
    const table = {
      freePort: () => this.#nextPort++,
      find: (address: string) => ports.get(address),
      add: (address: string, port: SimulatedPort) => {
        ports.set(address, port);
        this.#homes.set(address, site.name);
      },
      remove: (address: string) => void ports.delete(address),
    };
    return new SimulatedPort(site, table, options, events);
  }

  #dial(site: Site, options: DialOptions, events: TransportEvents, onOpen: () => void): Transport {
    if (options.tls !== undefined) throw new Error('the simulated network has no TLS');
    const address = formatAddress(options.address);
    const home = this.#homes.get(address) ?? address;
    const pair = `${site.name}>${home}`;
    const ordinal = (this.#pairs.get(pair) ?? 0) + 1;
    this.#pairs.set(pair, ordinal);
    const end = this.#end(site, home, {
      peer: address,
      remote: `tcp:${address}`,
      stream: `${pair} ${ordinal} back`,
      isDialled: true,
    }).attach(events);
    const dial = { site, address, end, onOpen };
    this.#knock(dial, `${pair} ${ordinal} there`, 0);
    return end;
  }

  #end(
    site: Site,
    peerSite: string,
    given: { readonly peer: string; readonly remote: string; readonly stream: string; readonly isDialled: boolean },
    onClosed?: (end: SimulatedTransport) => void,
  ): SimulatedTransport {
    const end = new SimulatedTransport({
      ...given,
      agenda: this.#agenda,
      site,
      peerSite,
      link: this.#link(peerSite, site.name),
      random: this.#randomOf(given.stream),
      onBytes: this.#onBytes,
      onClosed: (closed) => {
        this.#ends.delete(closed);
        onClosed?.(closed);
      },
    });
    this.#ends.add(end);
    return end;
  }

  /** Sends a SYN; `count`: those before it. */
  #knock(dial: Dial, stream: string, count: number): void {
    const { address, end, site } = dial;
    const agenda = this.#agenda;
    const home = this.#homes.get(address) ?? address;
    const there = this.#link(site.name, home);
    const back = this.#link(home, site.name);
    const random = this.#randomOf(`${stream} syn ${count}`);
    const again = (): void => {
      agenda.plan(agenda.now + firstSynRetry * 2 ** count, rank.read, site.kernel, () => {
        if (end.isClosed) return;
        if (count < synRetries) this.#knock(dial, stream, count + 1);
        else end.fail(systemError(`connect ETIMEDOUT ${address}`, 'ETIMEDOUT'));
      });
    };
    if (there.isBlocked || back.isBlocked) {
      again();
      return;
    }
    agenda.plan(agenda.now + there.delay(random), rank.read, noOwner, () => {
      if (end.isClosed) return;
      const port = this.#ports.get(address);
      if (this.#isDeaf(home) || port?.isFull === true || back.isBlocked) again();
      else if (port === undefined || this.#refusing.has(home)) {
        const refused = (): void => end.fail(systemError(`connect ECONNREFUSED ${address}`, 'ECONNREFUSED'));
        agenda.plan(agenda.now + back.delay(random), rank.read, site.kernel, refused);
      } else this.#connect(dial, port, stream, back.delay(random));
    });
  }

  #isDeaf(home: string): boolean {
    return this.#swallowing.has(home) || this.#machines.get(home)?.isDark === true;
  }

  #connect({ end, onOpen, site, address }: Dial, port: SimulatedPort, stream: string, delay: number): void {
    const agenda = this.#agenda;
    const remote = `tcp:${site.name}:${this.#nextClient++}`;
    const given = { peer: `client of ${address}`, remote, stream, isDialled: false };
    const accepted = this.#end(port.site, site.name, given, (closed) => port.forget(closed));
    this.#join(end, accepted);
    accepted.connect(end.incoming);
    port.queue();
    agenda.plan(agenda.now, rank.read, port.site.kernel, () => port.accept(accepted));
    agenda.plan(agenda.now + delay, rank.read, site.kernel, () => {
      if (end.isClosed) {
        accepted.incoming.reset();
        return;
      }
      end.connect(accepted.incoming);
      if (!site.owner.isGone) onOpen();
    });
  }

  /** What one end has read is room for the other, once that hears of it. */
  #join(one: SimulatedTransport, other: SimulatedTransport): void {
    const tell = (reader: SimulatedTransport, sender: SimulatedTransport): void => {
      const [from, to] = reader.places;
      const link = this.#link(from, to);
      let isPlanned = false;
      reader.onRead = () => {
        if (isPlanned || sender.bufferedBytes === 0) return;
        isPlanned = true;
        link.pass(() => {
          this.#agenda.plan(this.#agenda.now + link.state.latency, rank.read, noOwner, () => {
            isPlanned = false;
            sender.onRoom();
          });
        });
      };
    };
    tell(one, other);
    tell(other, one);
  }

  #link(from: string, to: string): Link {
    const name = `${from}>${to}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Link(this.#agenda, this.#randomOf(`${name} link`), this.#options);
      this.#links.set(name, link);
    }
    return link;
  }

  #machineOf(name: string): Machine {
    let machine = this.#machines.get(name);
    if (machine === undefined) {
      machine = { isDark: false, stuck: [] };
      this.#machines.set(name, machine);
    }
    return machine;
  }

  #light(machine: Machine): void {
    machine.isDark = false;
    for (const again of machine.stuck.splice(0)) again();
  }
}

/** Counts a name until the returned function is called. */
function counted(names: Map<string, number>, name: string): () => void {
  names.set(name, (names.get(name) ?? 0) + 1);
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    const left = (names.get(name) ?? 1) - 1;
    if (left > 0) names.set(name, left);
    else names.delete(name);
  };
}
