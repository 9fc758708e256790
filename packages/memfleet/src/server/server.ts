/**
 * The embedded memcached server: a listener whose sessions dispatch to an item store.
 *
 *   Listener ─ Session ─ command ─▶ StoreDispatcher ─▶ ItemStore
 *                      ◀─ reply ──
 */
import type { Address } from '../net/transport.ts';
import { Listener } from '../session/listener.ts';
import { SessionContext } from '../session/session-context.ts';
import { ItemStore } from '../store/item-store.ts';
import { StoreDispatcher } from '../store/store-dispatcher.ts';
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './options.ts';
import { moreStats, type ServerStats, snapshot } from './server-stats.ts';

/** An embedded memcached server, made by `createServer`. */
export class Server {
  /** The items, for tests that read or change them without a client. */
  readonly store: ItemStore;
  readonly #options: ResolvedServerOptions;
  readonly #dispatcher: StoreDispatcher;
  readonly #listener: Listener;
  #listening: Promise<Address> | undefined;
  #isClosed = false;

  constructor(options: ResolvedServerOptions) {
    const { clock, maxBytes, maxItemSize } = options;
    this.#options = options;
    this.store = new ItemStore({ maxBytes, maxItemSize, clock });
    this.#dispatcher = new StoreDispatcher({
      store: this.store,
      version: options.version,
      moreStats: moreStats(options, () => this.#listener, clock.now()),
      shutdown: options.allowShutdown ? (isGraceful) => void (isGraceful ? this.close() : this.destroy()) : undefined,
    });
    const context = new SessionContext({
      dispatcher: this.#dispatcher,
      clock,
      limits: { maxValue: maxItemSize },
      // The store copies the bytes that it keeps.
      texts: 'borrowed',
      allocate: (length) => {
        const memory = this.store.allocate(length);
        if (memory === undefined) this.store.counters.store_no_memory++;
        return memory;
      },
      onTooLarge: () => {
        this.store.counters.store_too_large++;
      },
    });
    context.configure(options);
    this.#listener = new Listener(context, { ...options, maxSessions: options.maxConnections });
  }

  /** The address on which it listens, with the assigned port; undefined before `listen`. */
  get address(): Address | undefined {
    return this.#listener.address;
  }

  /** Begins to accept. Idempotent. Rejects with a MemcacheError when the address is not available. */
  listen(): Promise<Address> {
    this.#listening ??= this.#listener.listen().then((address) => {
      if (!this.#isClosed) this.#dispatcher.crawler.start();
      return address;
    });
    return this.#listening;
  }

  /** A snapshot of connections, traffic and items. */
  stats(): ServerStats {
    return snapshot(this.#listener, this.store);
  }

  /**
   * Stops accepting, replies to the commands in flight, then closes all connections, at the latest after
   * `closeTimeout`. Idempotent.
   */
  async close(): Promise<void> {
    this.#stop();
    await this.#listener.close(this.#options.closeTimeout);
    await this.#dispatcher.close();
  }

  /** Drops all connections now. Resolves when the port is free. Idempotent. */
  async destroy(): Promise<void> {
    this.#stop();
    await this.#listener.destroy();
    this.#dispatcher.destroy();
  }

  /** `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #stop(): void {
    this.#isClosed = true;
    this.#dispatcher.crawler.stop();
  }
}

/**
 * Makes an embedded memcached server: the text, meta and binary protocols on one port, items in this process's memory.
 * Throws InvalidOptionError.
 *
 * @example
 * const server = createServer({ port: 0 });
 * const { port } = await server.listen();
 * // … any memcached client …
 * await server.close();
 */
export function createServer(options: ServerOptions = {}): Server {
  return new Server(resolveServerOptions(options));
}
