/**
 * The proxy: many clients, few connections.
 *
 *   Listener ─ Session ─ command ─▶ RequestHandler ─▶ route ─▶ … ─▶ policies ─ cluster ─ pool ─ connection ═▶ node
 *                      ◀─ reply, in order, in the session's dialect ◀────────────────────────────────────────────
 *
 * A configuration is applied as a whole: it is checked, its new listeners are opened, its fleets updated, its routes
 * built; then every listener receives a new request handler. Commands in flight keep their routes.
 */
import type { Socket } from 'node:net';
import { systemRandom } from '../base/chance.ts';
import { EventListeners } from '../base/event-listeners.ts';
import { ClosedError, type MemcacheError } from '../core/errors.ts';
import { importParts } from '../fleet/import-parts.ts';
import type { Address } from '../net/transport.ts';
import { AdmissionControl } from '../session/admission.ts';
import { MemoryBudget } from '../session/memory-budget.ts';
import type { ProxyEvents } from './events.ts';
import { FleetSet } from './fleet-set.ts';
import { HotKeys } from './hot-keys/hot-keys.ts';
import { Latencies } from './listeners/counters.ts';
import { ListenerSet } from './listeners/listener-set.ts';
import { RequestHandler } from './listeners/request-handler.ts';
import { clustersOf } from './options/check-routes.ts';
import type { ProxyOptions } from './options/options.ts';
import { type ResolvedListener, type ResolvedProxyOptions, resolveProxyOptions } from './options/resolve.ts';
import { Routes } from './routes/build-routes.ts';
import { Administration } from './stats-command/administration.ts';
import { NodeDump } from './stats-command/node-dump.ts';
import { NodeReplies } from './stats-command/node-replies.ts';
import { generalLines, proxyLines, settingLines } from './stats-command/stat-lines.ts';
import type { ProxyStats } from './stats.ts';

/** The bound on the total size of large values that are being received or executed, in bytes. */
const memoryLimit = 256 * 1024 * 1024;

/** The bound on decoded commands of all sessions without a reply; `min`: the lowest limit of pipelines. */
const commandLimits = { max: 16_384, min: 1024 } as const;

/** A memcached proxy, made by `createProxy`. */
export class Proxy {
  readonly #listeners = new EventListeners<ProxyEvents>();
  readonly #memoryBudget = new MemoryBudget(memoryLimit);
  readonly #latencies = new Latencies();
  readonly #hotKeys: HotKeys;
  readonly #listenerSet: ListenerSet;
  readonly #fleets: FleetSet;
  readonly #nodeReplies: NodeReplies;
  readonly #nodeDump: NodeDump;
  readonly #startedAt: number;
  readonly #random: ProxyOptions['random'];
  #options: ResolvedProxyOptions;
  #routes: Routes | undefined;
  #listening: Promise<readonly Address[]> | undefined;
  /** Reloads come one after the other. */
  #reloading: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #revision = 1;
  #reloads = 0;
  #reloadsRefused = 0;

  constructor(options: ProxyOptions) {
    importParts();
    this.#options = resolveProxyOptions(options);
    this.#random = options.random;
    const { clock, timings } = this.#options;
    this.#hotKeys = new HotKeys(clock, options.random ?? systemRandom);
    this.#listenerSet = new ListenerSet({
      latencies: timings ? this.#latencies : undefined,
      hotKeys: this.#hotKeys,
      memoryBudget: this.#memoryBudget,
      admission: new AdmissionControl({ ...commandLimits, clock }),
    });
    this.#fleets = new FleetSet(clock, this.#listeners);
    this.#nodeReplies = new NodeReplies(this.#fleets, clock);
    this.#nodeDump = new NodeDump(this.#fleets, clock);
    this.#startedAt = clock.now();
    // Discovery adds and removes nodes: the statistics of removed nodes are dropped.
    this.#listeners.add('topology', () => this.#forgetNodes());
  }

  /**
   * Begins to accept. Resolves with the addresses in the order of the listeners. Idempotent. Rejects with a
   * MemcacheError when one is not available; then none listens.
   */
  listen(): Promise<readonly Address[]> {
    this.#listening ??= this.#apply(this.#options);
    return this.#listening;
  }

  /**
   * Applies a new configuration: routes, topology and limits are replaced. Nodes and listeners that stay keep their
   * connections; requests in flight finish on the old routes. Rejects with InvalidOptionError (or a MemcacheError when
   * a new address is not available): then nothing changes. `clock`, `random`, `network` and `timings` stay
   * as they were.
   */
  reload(options: ProxyOptions): Promise<void> {
    const result = this.#reloading.then(() => this.#reload(options));
    this.#reloading = result.catch(() => {});
    return result;
  }

  /**
   * Serves a client that another process has accepted and passed on (`ProxyOptions.handOver`), as if the listener at
   * `listener` had accepted it. False: no such listener accepts clients, and the socket is unchanged.
   */
  adopt(socket: Socket, listener: string): boolean {
    return !this.#isClosed && this.#listenerSet.adopt(listener, socket);
  }

  /** A snapshot. */
  stats(): ProxyStats {
    const listeners = this.#listenerSet.stats();
    const total = this.#listenerSet.total();
    return {
      uptime: this.#options.clock.now() - this.#startedAt,
      revision: this.#revision,
      reloads: this.#reloads,
      reloadsRefused: this.#reloadsRefused,
      sessions: listeners.reduce((sum, { sessions }) => sum + sessions, 0),
      listeners,
      commands: total.commands(),
      multigetKeys: total.multi.keys,
      multigetDuplicates: total.multi.duplicates,
      receiving: this.#memoryBudget.used,
      clusters: this.#fleets.stats(),
      frontCaches: Object.fromEntries(
        [...(this.#routes?.frontCaches ?? [])].map(([name, cache]) => [name, cache.stats()]),
      ),
      latencies: this.#latencies.snapshot(),
      hotKeys: this.#hotKeys.snapshot(),
    };
  }

  /**
   * Resets all counters to 0, as when a client sends `stats reset`. Sessions and commands in flight are not counters.
   */
  resetStats(): void {
    this.#latencies.reset();
    this.#hotKeys.reset();
    this.#listenerSet.resetStats();
  }

  /** Calls `listener` at every such event; returns a function that removes it. */
  on<Name extends keyof ProxyEvents>(name: Name, listener: (event: ProxyEvents[Name]) => void): () => void {
    return this.#listeners.add(name, listener);
  }

  /**
   * Stops accepting, replies to the commands in flight, then closes all connections, at the latest after
   * `closeTimeout`. Idempotent.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#listening?.catch(() => {});
    await this.#listenerSet.close(this.#options.closeTimeout);
    await this.#fleets.close();
  }

  /** Closes everything now. Resolves when the ports are free. Idempotent. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    await this.#kill();
    await this.#listening?.catch(() => {});
  }

  /** `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #reload(options: ProxyOptions): Promise<void> {
    try {
      await this.listen();
      const { clock, network, timings } = this.#options;
      const kept = { clock, network, random: this.#random };
      const resolved = { ...resolveProxyOptions({ ...options, ...kept }), timings };
      await this.#apply(resolved);
      this.#options = resolved;
    } catch (error) {
      this.#reloadsRefused++;
      this.#listeners.emit('reload', { revision: this.#revision, error: error as MemcacheError });
      throw error;
    }
    this.#reloads++;
    this.#revision++;
    this.#listeners.emit('reload', { revision: this.#revision, error: undefined });
  }

  async #apply(options: ResolvedProxyOptions): Promise<readonly Address[]> {
    if (this.#isClosed) throw new ClosedError('the proxy is closed');
    const enter = await this.#listenerSet.open(options);
    this.#fleets.update(options.clusters);
    const routes = new Routes(options.routes, this.#fleets.routes(), options.clock);
    const addresses = enter(
      (listener, counters) =>
        new RequestHandler({
          route: routes.named(listener.route),
          version: options.version,
          allowFlush: listener.allowFlush,
          administration: this.#administration(listener, options),
          counters: counters.multi,
        }),
    );
    // Handlers have built them.
    this.#routes?.replacedBy(routes);
    this.#routes = routes;
    this.#forgetNodes();
    this.#hotKeys.configure(options.hotKeys);
    if (this.#isClosed) await this.#kill();
    return addresses;
  }

  #forgetNodes(): void {
    const nodes = Object.values(this.#fleets.stats()).flatMap((cluster) => cluster.nodes.map(({ node }) => node));
    this.#latencies.keep(new Set(nodes));
  }

  async #kill(): Promise<void> {
    // Sessions first: commands in flight receive no reply, rather than an error that is not from the node.
    const closed = this.#listenerSet.destroy();
    this.#fleets.destroy();
    await closed;
  }

  #administration(listener: ResolvedListener, options: ResolvedProxyOptions): Administration {
    const own = (): ProxyStats => {
      const stats = this.stats();
      return options.gatherStats?.(stats) ?? stats;
    };
    return new Administration({
      clusters: clustersOf(listener.route, options.routes),
      nodes: this.#nodeReplies,
      dump: this.#nodeDump,
      allowFlush: listener.allowFlush,
      itemSizeMax: listener.maxItemSize,
      general: () => generalLines(own(), options),
      settings: () => settingLines(listener, own().listeners, options),
      proxyGroup: (words) => proxyLines(words, own(), options),
      reset: () => {
        this.resetStats();
        this.#listeners.emit('statsReset', {});
      },
    });
  }
}

/**
 * Makes a proxy. Nothing is dialled before the first command, unless `pool.warmUp`. Throws InvalidOptionError.
 *
 * @example
 * const proxy = createProxy({
 *   listeners: [{ port: 11311, route: 'main' }],
 *   clusters: { main: { nodes: '10.0.0.1,10.0.0.2', locator: 'ketama' } },
 * });
 * await proxy.listen();
 */
export function createProxy(options: ProxyOptions): Proxy {
  return new Proxy(options);
}
