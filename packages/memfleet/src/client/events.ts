/** Events of a client: what its nodes and connections do. */
import type { EventListeners } from '../base/event-listeners.ts';
import type { ClusterEvents } from '../cluster/cluster.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { TopologyMessage } from '../observe/channels.ts';

/** The events of a client. Every `duration` is in milliseconds. */
export interface ClientEvents {
  /** A node is out of use for `duration`. */
  eject: { readonly node: string; readonly error: MemcacheError; readonly duration: number };
  /** A node is back after `duration`. */
  readmit: { readonly node: string; readonly duration: number };
  /** A connection to a node is ready. */
  connect: { readonly node: string };
  /** `error` is undefined when the client closed the connection. */
  disconnect: { readonly node: string; readonly error: MemcacheError | undefined };
  /** The node list changed, or the map of the bucket: of a Couchbase bucket so many vBuckets moved. */
  topology: TopologyMessage;
  /** The node list or the map of the bucket could not be found out; the one before stays. */
  discoveryError: { readonly error: MemcacheError };
}

/** Who listens to the events of a client. */
export type ClientListeners = EventListeners<ClientEvents>;

/** The events of a client's cluster, for its listeners. */
export function clusterEventsFor(listeners: ClientListeners): ClusterEvents {
  return {
    onEject: (node, error, duration) => listeners.emit('eject', { node, error, duration }),
    onReadmit: (node, duration) => listeners.emit('readmit', { node, duration }),
    onConnect: (node) => listeners.emit('connect', { node }),
    onDisconnect: (node, error) => listeners.emit('disconnect', { node, error }),
    onTopology: (_nodes, _revision, change) => listeners.emit('topology', change),
    onSourceError: (error) => listeners.emit('discoveryError', { error }),
  };
}
