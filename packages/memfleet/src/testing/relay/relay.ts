/**
 * A port in front of a node: passes bytes, records commands, and lets faults happen. The node may be anything that
 * speaks memcached's protocols.
 *
 *   client ─▶ Relay (host:port) ─┬─ RelayConnection ─▶ node
 *                                ├─ CommandLog
 *                                └─ Injections
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { MemcacheError } from '../../core/errors.ts';
import { formatAddress } from '../../net/transport.ts';
import type { Effect, FaultEvent } from '../faults/fault.ts';
import { effectsOn, type Injection, type InjectionTarget } from '../faults/injections.ts';
import type { CommandLog, SeenCommand } from './command-log.ts';
import { type ConnectionOwner, RelayConnection } from './relay-connection.ts';

/** How to make a relay. */
export interface RelaySettings {
  /** Where it listens; port 0 chooses a free one, which it then keeps. */
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/** A port in front of a node. */
export class Relay implements ConnectionOwner, InjectionTarget {
  readonly clock: Clock;
  readonly #settings: RelaySettings;
  readonly #injections = new Set<Injection>();
  readonly #connections = new Set<RelayConnection>();
  readonly #watchers = new Set<() => void>();
  readonly #logs: CommandLog[] = [];
  #target = { host: '127.0.0.1', port: 0 };
  #port: number;
  #server: Server | undefined;
  #accepted = 0;
  /** Whether it was told to listen, and not to stop. */
  #isUp = false;
  /** Listening begins and ends one after the other. */
  #changes: Promise<void> = Promise.resolve();

  constructor(settings: RelaySettings) {
    this.#settings = settings;
    this.clock = settings.clock;
    this.#port = settings.port;
  }

  get host(): string {
    return this.#settings.host;
  }

  get port(): number {
    return this.#port;
  }

  get name(): string {
    return formatAddress({ host: this.host, port: this.#port });
  }

  get target(): { readonly host: string; readonly port: number } {
    return this.#target;
  }

  /** Open connections of clients. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Connections accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  get isFrozen(): boolean {
    return this.#has('frozen');
  }

  /** Records commands in this log as well. */
  logTo(log: CommandLog): void {
    this.#logs.push(log);
  }

  /** Listens, in front of this node. Rejects with a MemcacheError when the port is not available. */
  async up(target: { readonly host: string; readonly port: number }): Promise<void> {
    this.#target = target;
    this.#isUp = true;
    await this.#adjust();
  }

  /** Listens no more. `kill`: resets all connections; else they end with those of the node. The port stays its own. */
  async down(kill = true): Promise<void> {
    this.#isUp = false;
    if (kill) for (const connection of this.#connections) connection.reset();
    await this.#adjust();
  }

  add(injection: Injection): void {
    this.#injections.add(injection);
    // That a port cannot be closed is reported by `down`.
    this.#onState(injection).catch(() => {});
  }

  remove(injection: Injection): Promise<void> {
    this.#injections.delete(injection);
    const settled = this.#onState(injection);
    for (const connection of this.#connections) connection.onRemoved(injection);
    return settled;
  }

  effectsOn(event: FaultEvent): readonly Effect[] {
    const effects = effectsOn(event, this.#injections);
    if (effects.length > 0) this.#changed();
    return effects;
  }

  record(command: SeenCommand): void {
    for (const log of this.#logs) log.add(command);
    this.#changed();
  }

  onClosed(connection: RelayConnection): void {
    this.#connections.delete(connection);
    this.#changed();
  }

  /** Resolves when the condition holds. It is checked whenever something happens to a connection or command. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
    });
  }

  #changed(): void {
    for (const check of this.#watchers) check();
  }

  #has(state: 'refused' | 'frozen'): boolean {
    for (const injection of this.#injections) if (injection.state === state) return true;
    return false;
  }

  #onState({ state }: Injection): Promise<void> {
    if (state === 'frozen') for (const connection of this.#connections) connection.onFrozenChanged();
    return state === 'refused' ? this.#adjust() : Promise.resolve();
  }

  /** Begins or ends to listen, as it must. */
  #adjust(): Promise<void> {
    const before = this.#changes.catch(() => {});
    this.#changes = before.then(() => {
      const mustListen = this.#isUp && !this.#has('refused');
      if (mustListen === (this.#server !== undefined)) return undefined;
      return mustListen ? this.#listen() : this.#unlisten();
    });
    return this.#changes;
  }

  #listen(): Promise<void> {
    const { host } = this.#settings;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new MemcacheError(`cannot listen on ${this.name}: ${cause.message}`, { cause }));
      });
      server.listen({ host, port: this.#port }, () => {
        const address = server.address();
        if (address !== null && typeof address === 'object') this.#port = address.port;
        this.#server = server;
        // Later errors are failed accepts: they concern one client only.
        server.on('error', () => {});
        resolve();
      });
    });
  }

  /** Open connections go on. */
  #unlisten(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    // `close` calls back when the last connection has ended, but refuses new ones at once.
    server?.close();
    return Promise.resolve();
  }

  #accept(socket: Socket): void {
    const connection = new RelayConnection(this, socket, ++this.#accepted);
    if (!socket.destroyed) this.#connections.add(connection);
    this.#changed();
  }
}
