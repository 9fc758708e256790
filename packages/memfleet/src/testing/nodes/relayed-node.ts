/** A node of the testing kit behind a relay, which injects its faults. */
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Client, ClientOptions } from '../../client/index.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import type { Injection } from '../faults/injections.ts';
import type { CommandLog } from '../relay/command-log.ts';
import { Relay } from '../relay/relay.ts';
import { Kit } from './kit.ts';
import type { SingleNode, TestNodeOptions } from './test-node.ts';

/** What a relay stands in front of. */
interface RelayTarget {
  readonly host: string;
  readonly port: number;
  /** Ends the node itself. */
  stop(): Promise<unknown>;
}

/** A node behind a relay: `startServer`, `spawnMemcached`. */
export class RelayedNode implements SingleNode {
  readonly relay: Relay;
  readonly commands: CommandLog;
  readonly #kit: Kit;
  #target: RelayTarget | undefined;

  constructor(options: TestNodeOptions & { readonly clock?: Clock | undefined; readonly host?: string | undefined }) {
    const { clock = systemClock, host = '127.0.0.1' } = options;
    this.relay = new Relay({ host, port: 0, clock });
    this.#kit = new Kit(options, () => [this.relay]);
    this.commands = this.#kit.commands;
    this.relay.logTo(this.commands);
  }

  get host(): string {
    return this.relay.host;
  }

  get port(): number {
    return this.relay.port;
  }

  get url(): string {
    return `memcached://${this.relay.name}`;
  }

  get seed(): number {
    return this.#kit.injector.seed;
  }

  get connections(): number {
    return this.relay.connections;
  }

  /** Listens in front of the node, which ends where that fails. */
  async open(target: RelayTarget): Promise<void> {
    this.#target = target;
    try {
      await this.up();
    } catch (error) {
      await target.stop();
      throw error;
    }
  }

  client<T = unknown>(options: ClientOptions<T> = {}): Client<T> {
    return this.#kit.client({ nodes: this.relay.name, ...options });
  }

  inject(fault: Fault | FaultScript): Injection {
    return this.#kit.injector.inject(fault);
  }

  clearFaults(): Promise<void> {
    return this.#kit.injector.clear();
  }

  until(condition: () => boolean): Promise<void> {
    return this.relay.until(condition);
  }

  down(): Promise<void> {
    return this.relay.down();
  }

  async up(): Promise<void> {
    if (!this.#kit.isStopped && this.#target !== undefined) await this.relay.up(this.#target);
  }

  stop(): Promise<void> {
    return this.#kit.stop(this, async () => {
      await this.relay.down();
      await this.#target?.stop();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
