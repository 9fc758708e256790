/** Events of a client: what its nodes and connections do. */
import type { EventListeners } from '../base/event-listeners.ts';
import type { ClusterEvents } from '../cluster/cluster.ts';
import { InvalidArgumentError, type MemcacheError } from '../core/errors.ts';
import { suggestion } from '../core/suggestion.ts';
import type { TopologyMessage } from '../observe/channels.ts';
import { refuseArgument, show } from './arguments.ts';

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

const eventNames: { readonly [Name in keyof ClientEvents]: true } = {
  eject: true,
  readmit: true,
  connect: true,
  disconnect: true,
  topology: true,
  discoveryError: true,
};

/** What other clients, and Node's emitters, call the events. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['close', '"disconnect"'],
  ['end', '"disconnect"'],
  ['error', '"disconnect" or "discoveryError": errors of calls reject their promises'],
  ['failure', '"eject"'],
  ['issue', '"disconnect"'],
  ['ready', '"connect"'],
  ['reconnect', '"readmit" or "connect"'],
  ['reconnected', '"readmit" or "connect"'],
  ['reconnecting', '"readmit" or "connect"'],
  ['remove', '"eject"'],
]);

/** Throws for an event that a client does not have. */
export function checkEvent(name: unknown): void {
  if (typeof name === 'string' && Object.hasOwn(eventNames, name)) return;
  const known = Object.keys(eventNames);
  if (typeof name !== 'string') refuseArgument('event', name, `one of ${known.join(', ')}`);
  const other = otherNames.get(name);
  const words = other === undefined ? suggestion(name, known) : `; use ${other}`;
  throw new InvalidArgumentError(`unknown event ${show(name)}${words}`);
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
