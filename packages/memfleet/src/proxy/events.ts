/** Events of a proxy: what its clusters, nodes and configuration do. */
import type { EventListeners } from '../base/event-listeners.ts';
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
  /**
   * A client said `stats reset`: what was counted is 0 again. Several processes with shared listeners tell each other
   * (`Proxy.resetStats`).
   */
  statsReset: Readonly<Record<never, never>>;
}

/** Who listens to the events of a proxy. */
export type ProxyListeners = EventListeners<ProxyEvents>;

/** The events of the cluster of that name, for the proxy's listeners. */
export function clusterEventsFor(listeners: ProxyListeners, cluster: string): ClusterEvents {
  return {
    onEject: (node, error, duration) => listeners.emit('eject', { cluster, node, error, duration }),
    onReadmit: (node, duration) => listeners.emit('readmit', { cluster, node, duration }),
    onConnect: (node) => listeners.emit('connect', { cluster, node }),
    onDisconnect: (node, error) => listeners.emit('disconnect', { cluster, node, error }),
    onTopology: (nodes, revision) => listeners.emit('topology', { cluster, nodes, revision }),
    onSourceError: (error) => listeners.emit('sourceError', { cluster, error }),
  };
}
