/** `spawnMemcached`: the real memcached for tests, with faults in front of it. */
import type { Clock } from '../../base/clock.ts';
import type { Client, ClientOptions } from '../../client/index.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import type { Injection } from '../faults/injections.ts';
import type { CommandLog } from '../relay/command-log.ts';
import { type MemcachedProcess, startMemcached } from './memcached-process.ts';
import { NodeFront, type SingleNode, type TestNodeOptions } from './test-node.ts';

/** The options of `spawnMemcached`. */
export interface SpawnOptions extends TestNodeOptions {
  /** Further arguments of memcached, such as `['-m', '16']`, but not where it listens. @default none */
  readonly args?: readonly string[] | undefined;
  /** The clock of faults, such as `delay`; memcached itself has the system's. @default the system's */
  readonly clock?: Clock | undefined;
}

/** A process of memcached that listens. Made by `spawnMemcached`. */
export class TestMemcached implements SingleNode {
  readonly #process: MemcachedProcess;
  readonly #front: NodeFront;
  #stopped: Promise<void> | undefined;

  constructor(memcached: MemcachedProcess, front: NodeFront) {
    this.#process = memcached;
    this.#front = front;
  }

  /** The number of the process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The address that it listens on. */
  get host(): string {
    return this.#front.relay.host;
  }

  /** The port, a free one. */
  get port(): number {
    return this.#front.relay.port;
  }

  /** `memcached://host:port`. */
  get url(): string {
    return this.#front.url;
  }

  /** The commands that it received. */
  get commands(): CommandLog {
    return this.#front.log;
  }

  /** The seed of what faults draw. */
  get seed(): number {
    return this.#front.injector.seed;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#front.relay.connections;
  }

  /** Makes a client of this memcached, which `stop` closes. */
  client<T = unknown>(options?: ClientOptions<T>): Client<T> {
    return this.#front.client(options);
  }

  /** Begins a fault, which lasts until it is removed. */
  inject(fault: Fault | FaultScript): Injection {
    return this.#front.injector.inject(fault);
  }

  /** Removes all faults. */
  clearFaults(): Promise<void> {
    return this.#front.injector.clear();
  }

  /** Resolves when the condition holds. It is checked whenever something happens to a connection or command. */
  until(condition: () => boolean): Promise<void> {
    return this.#front.relay.until(condition);
  }

  /** Goes down: connections are reset, the port refuses. Its items stay. */
  down(): Promise<void> {
    return this.#front.relay.down();
  }

  /** Comes back on the same port, with its items. */
  up(): Promise<void> {
    return this.#front.reopen();
  }

  /** Closes the clients made by `client`, resets all other connections and ends the process. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    await this.#front.close();
    await this.#process.stop();
  }
}

const listens = /^(?:-[psalUdu]|--(?:port|unix-socket|unix-mask|listen|udp-port|daemon|user)\b)/;

/**
 * Starts the program memcached on a free port of 127.0.0.1. It listens when the promise resolves, and ends with this
 * process, unless a signal kills that. Rejects with a MemcacheError where no memcached is installed; the message says
 * how to install it.
 *
 * @example
 * await using memcached = await spawnMemcached({ args: ['-m', '16'] });
 * const cache = memcached.client();
 */
export async function spawnMemcached(options: SpawnOptions = {}): Promise<TestMemcached> {
  const { args = [] } = options;
  const wrong = args.find((argument) => listens.test(argument));
  if (wrong !== undefined)
    throw new InvalidArgumentError(
      `spawnMemcached chooses where memcached listens: leave out ${JSON.stringify(wrong)}`,
    );
  const front = new NodeFront(options);
  const memcached = await startMemcached(args);
  await front.open({ host: '127.0.0.1', port: memcached.port });
  return new TestMemcached(memcached, front);
}
