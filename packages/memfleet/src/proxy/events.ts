/** Events of a proxy: what its clusters, nodes and configuration do. */
import { inMicrotask } from '../base/real-time.ts';
import type { ClusterEvents } from '../cluster/cluster.ts';
import type { MemcacheError } from '../core/errors.ts';

/** The events of a proxy. Every `duration` is in milliseconds. */
export interface ProxyEvents {
  /** A node is out of use for `duration`. */
  eject: { readonly cluster: string; readonly node: string; readonly error: MemcacheError; readonly duration: number };
  /** A node is back after `duration`. */
  readmit: { readonly cluster: string; readonly node: string; readonly duration: number };
  /** A connection to a node is ready. */
  connect: { readonly cluster: string; readonly node: string };
  /** `error` is undefined when the proxy closed the connection. */
  disconnect: { readonly cluster: string; readonly node: string; readonly error: MemcacheError | undefined };
  /** The node list of a cluster changed. */
  topology: { readonly cluster: string; readonly nodes: readonly string[]; readonly revision: number };
  /** The node list of a cluster could not be found out; the list before stays. */
  sourceError: { readonly cluster: string; readonly error: MemcacheError };
  /** A new configuration was accepted, or refused with `error`. */
  reload: { readonly revision: number; readonly error: MemcacheError | undefined };
  /** A client said `stats reset`: what was counted is 0 again. Several processes with shared listeners tell each other (`Proxy.resetStats`). */
  statsReset: Readonly<Record<never, never>>;
}

type Listener = (event: never) => void;

/** Who listens to what. A listener that throws is reported as an uncaught exception, after the others were told. */
export class ProxyListeners {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Returns the function that ends it. */
  add<Name extends keyof ProxyEvents>(name: Name, listener: (event: ProxyEvents[Name]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  emit<Name extends keyof ProxyEvents>(name: Name, event: ProxyEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(event as never);
      } catch (error) {
        inMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** What a cluster of that name tells. */
  of(cluster: string): ClusterEvents {
    return {
      onEject: (node, error, duration) => this.emit('eject', { cluster, node, error, duration }),
      onReadmit: (node, duration) => this.emit('readmit', { cluster, node, duration }),
      onConnect: (node) => this.emit('connect', { cluster, node }),
      onDisconnect: (node, error) => this.emit('disconnect', { cluster, node, error }),
      onTopology: (nodes, revision) => this.emit('topology', { cluster, nodes, revision }),
      onSourceError: (error) => this.emit('sourceError', { cluster, error }),
    };
  }
}
