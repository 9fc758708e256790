/** A port of a simulated network. */
import type { Attach, Port, PortEvents, PortOptions } from '../../net/network.ts';
import { type Address, formatAddress, type ListenAddress } from '../../net/transport.ts';
import { type SimulatedTransport, systemError } from './simulated-transport.ts';
import type { Site } from './site.ts';

/** The ports of a network, by address. */
export interface PortTable {
  /** A port that nothing has. */
  freePort(): number;
  find(address: string): SimulatedPort | undefined;
  add(address: string, port: SimulatedPort): void;
  remove(address: string): void;
}

/** A place that accepts connections of a simulated network. */
export class SimulatedPort implements Port {
  readonly site: Site;
  readonly #table: PortTable;
  readonly #events: PortEvents;
  readonly #acceptQueue: number;
  readonly #addresses = new Set<string>();
  readonly #accepted = new Set<SimulatedTransport>();
  /** Connections that are open and not accepted. */
  #queued = 0;
  #isClosed = false;
  #onClosed: (() => void) | undefined;

  constructor(site: Site, table: PortTable, { acceptQueue, tls }: PortOptions, events: PortEvents) {
    if (tls !== undefined) throw new Error('the simulated network has no TLS');
    this.site = site;
    this.#table = table;
    this.#acceptQueue = acceptQueue;
    this.#events = events;
  }

  /** Whether it listens. */
  get isOpen(): boolean {
    return this.#addresses.size > 0;
  }

  /** Whether the kernel holds no further connection. */
  get isFull(): boolean {
    return this.#queued >= this.#acceptQueue;
  }

  listen(asked: ListenAddress): Promise<Address> {
    if ('fd' in asked)
      return Promise.reject(systemError('listen EINVAL: a simulated network inherits nothing', 'EINVAL'));
    const address = 'port' in asked && asked.port === 0 ? { ...asked, port: this.#table.freePort() } : asked;
    const name = formatAddress(address);
    if (this.#table.find(name) !== undefined)
      return Promise.reject(systemError(`listen EADDRINUSE: address already in use ${name}`, 'EADDRINUSE'));
    this.#table.add(name, this);
    this.#addresses.add(name);
    return Promise.resolve(address);
  }

  configure(): void {}

  dropTls(): void {}

  close(): Promise<void> {
    this.vanish();
    this.#isClosed = true;
    if (this.#accepted.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** Its addresses are free, as after the death of its process. */
  vanish(): void {
    for (const name of this.#addresses) this.#table.remove(name);
    this.#addresses.clear();
  }

  /** The kernel holds one more connection. */
  queue(): void {
    this.#queued++;
  }

  /** Gives the connection to the listener; one that came too late is reset. */
  accept(end: SimulatedTransport): void {
    this.#queued--;
    if (this.#isClosed || end.isClosed) {
      end.reset();
      return;
    }
    this.#accepted.add(end);
    const attach: Attach = (events) => end.attach(events);
    this.#events.onConnection(attach);
  }

  /** A connection is closed. */
  forget(end: SimulatedTransport): void {
    if (this.#accepted.delete(end) && this.#accepted.size === 0) this.#onClosed?.();
  }
}
