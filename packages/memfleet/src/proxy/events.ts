/** Events of a proxy: changes of its clusters, nodes and configuration. */
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
  /** The node list of a cluster could not be determined; the previous list stays. */
  sourceError: { readonly cluster: string; readonly error: MemcacheError };
  /** A new configuration was accepted, or refused with `error`. */
  reload: { readonly revision: number; readonly error: MemcacheError | undefined };
  /**
   * A client sent `stats reset`: all counters are 0 again. Processes with shared listeners notify each other
   * (`Proxy.resetStats`).
   */
  statsReset: Readonly<Record<never, never>>;
}

/** The listeners to the events of a proxy. */
export type ProxyListeners = EventListeners<ProxyEvents>;

/** The events of the cluster of this name, for the proxy's listeners. */
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
