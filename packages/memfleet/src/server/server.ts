/**
 * The embedded memcached server: a listener whose sessions dispatch to an item store.
 *
 *   Listener ─ Session ─ command ─▶ StoreDispatcher ─▶ ItemStore
 *                      ◀─ reply ──
 */
import type { Address, InternetAddress } from '../net/transport.ts';
import { Listener } from '../session/listener.ts';
import { SessionContext } from '../session/session-context.ts';
import { UdpListener } from '../session/udp-listener.ts';
import type { SnapshotItem } from '../snapshot/format.ts';
import { ItemStore } from '../store/item-store.ts';
import { MovableClock } from '../store/movable-clock.ts';
import { StoreDispatcher } from '../store/store-dispatcher.ts';
import { inetAddressOf, type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './options.ts';
import { restoreItem, savedItems } from './server-items.ts';
import { moreStats, type ServerStats, snapshot } from './server-stats.ts';

/**
 * An embedded memcached server, made by `createServer`. `Listening`: where it listens, as far as its options say.
 */
export class Server<Listening extends Address = Address> {
  /** The items, for tests that read or change them without a client. */
  readonly store: ItemStore;
  readonly #options: ResolvedServerOptions;
  readonly #dispatcher: StoreDispatcher;
  readonly #listener: Listener;
  readonly #udp: readonly UdpListener[];
  #further: Address[] = [];
  #listening: Promise<Listening> | undefined;
  #isClosed = false;

  constructor(options: ResolvedServerOptions) {
    const { clock, maxBytes, maxItemSize } = options;
    this.#options = options;
    const { settings } = options;
    const movableClock = options.debugTime ? new MovableClock(clock) : undefined;
    this.store = new ItemStore({
      maxBytes,
      maxItemSize,
      clock: movableClock ?? clock,
      evicts: settings.evictions !== 'off',
      hasCas: settings.cas_enabled !== 'no',
    });
    const udp: UdpListener[] = [];
    this.#udp = udp;
    this.#dispatcher = new StoreDispatcher({
      store: this.store,
      version: options.version,
      moreStats: moreStats(options, () => this.#listener, udp, clock.now()),
      settings,
      movableClock,
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
    context.turns.limit = settings.reqs_per_event;
    const acceptQueue = settings.tcp_backlog;
    this.#listener = new Listener(context, {
      ...options,
      maxSessions: options.maxConnections,
      ...(acceptQueue === undefined ? {} : { acceptQueue }),
    });
    this.#reportConnections();
    for (const written of options.udp) udp.push(new UdpListener(context, inetAddress(written)));
  }

  /** To the clients of `watch connevents`. */
  #reportConnections(): void {
    const listener = this.#listener;
    const { watchers } = this.#dispatcher;
    listener.onSession = (type, session) => {
      if (!watchers.wants('connevents')) return;
      const { remote, number, closeReason: reason } = session;
      watchers.connected({ type, remote, number, reason });
    };
    // A socket that has closed knows its client only if it was asked before.
    watchers.onConnectionWatcher = () => {
      for (const { remote } of listener.each()) void remote;
    };
  }

  /** The address on which it listens, with the assigned port; undefined before `listen`. */
  get address(): Listening | undefined {
    return this.#listener.address as Listening | undefined;
  }

  /** Begins to accept. Idempotent. Rejects with a MemcacheError when the address is not available. */
  listen(): Promise<Listening> {
    this.#listening ??= this.#listen() as Promise<Listening>;
    return this.#listening;
  }

  async #listen(): Promise<Address> {
    const { tcp, alsoListen } = this.#options;
    const first = tcp ? await this.#listener.listen() : undefined;
    if (first !== undefined) {
      this.#further = await Promise.all(alsoListen.map((written) => this.#listener.listenAlso(inetAddress(written))));
    }
    await Promise.all(this.#udp.map((listener) => listener.listen()));
    if (!this.#isClosed) this.#dispatcher.crawler.start();
    return first ?? this.#udp[0]?.address ?? { host: '', port: 0 };
  }

  /** All addresses on which it listens, with the assigned ports; `udp`: those of datagrams. */
  get addresses(): { readonly tcp: readonly Address[]; readonly udp: readonly Address[] } {
    const { address } = this.#listener;
    const udp = this.#udp.flatMap((listener) => listener.address ?? []);
    return { tcp: address === undefined ? [] : [address, ...this.#further], udp };
  }

  /** A snapshot of connections, traffic and items. */
  stats(): ServerStats {
    return snapshot(this.#listener, this.store);
  }

  /**
   * The items that have not expired, for `writeSnapshot` of `memfleet/snapshot`; also after the server was closed. A
   * value is valid until the next item is taken.
   */
  items(): Iterable<SnapshotItem> {
    return savedItems(this.store);
  }

  /**
   * Stores an item of a snapshot with its expiry time and its cas. False: it has expired, is too large for this server,
   * or there is no memory for it and nothing may be evicted.
   */
  restoreItem(item: SnapshotItem): boolean {
    return restoreItem(this.store, item);
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
    for (const listener of this.#udp) listener.close();
    this.#dispatcher.crawler.stop();
  }
}

function inetAddress(written: string): { readonly host: string; readonly port: number } {
  return inetAddressOf(written) ?? { host: written, port: 0 };
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
export function createServer(
  options?: ServerOptions & { readonly path?: undefined; readonly fd?: undefined },
): Server<InternetAddress>;
export function createServer(options?: ServerOptions): Server;
export function createServer(options: ServerOptions = {}): Server {
  return new Server(resolveServerOptions(options));
}
