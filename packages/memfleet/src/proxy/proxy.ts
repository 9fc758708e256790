/** The proxy. */
import type { Address } from '../net/transport.ts';
import type { ProxyEvents } from './events.ts';
import { ProxyListeners } from './events.ts';
import type { ProxyOptions } from './options.ts';
import type { ProxyStats } from './stats.ts';

/** See `createProxy`. */
export class Proxy {
  readonly #listeners = new ProxyListeners();

  /** Begins to accept. Resolves with the addresses in the order of the listeners. Idempotent. Rejects with a MemcacheError when one cannot be had; then none listens. */
  listen(): Promise<readonly Address[]> {
    return Promise.reject(new Error('not yet'));
  }

  /**
   * Takes a new configuration: routes, topology and limits are exchanged. Nodes and listeners that stay keep their connections; requests under way finish on the
   * old routes. Refused whole with InvalidOptionError (or a MemcacheError when a new address cannot be had): then everything goes on as before.
   */
  reload(_options: ProxyOptions): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** A snapshot. */
  stats(): ProxyStats {
    throw new Error('not yet');
  }

  /** Calls `listener` at every such event; returns the function that ends it. */
  on<Name extends keyof ProxyEvents>(name: Name, listener: (event: ProxyEvents[Name]) => void): () => void {
    return this.#listeners.add(name, listener);
  }

  /** Accepts nobody any more, answers what is under way, then closes all connections, at the latest after `closeTimeout`. Idempotent. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Closes everything now. Resolves when the ports are free. Idempotent. */
  destroy(): Promise<void> {
    return Promise.resolve();
  }

  /** `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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
export function createProxy(_options: ProxyOptions): Proxy {
  return new Proxy();
}
