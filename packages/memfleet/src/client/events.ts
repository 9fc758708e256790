/** The events of a client: changes of its nodes and connections. */
import type { EventListeners } from '../base/event-listeners.ts';
import type { ClusterEvents } from '../cluster/cluster.ts';
import { InvalidArgumentError, type MemcacheError } from '../core/errors.ts';
import { suggestion } from '../core/suggestion.ts';
import type { TopologyMessage } from '../observe/channels.ts';
import { refuseArgument, show } from './arguments.ts';

/** The events of a client. Every `duration` is in milliseconds. */
export interface ClientEvents {
  /** A node is ejected for `duration`. */
  eject: { readonly node: string; readonly error: MemcacheError; readonly duration: number };
  /** A node is readmitted after `duration`. */
  readmit: { readonly node: string; readonly duration: number };
  /** A connection to a node is ready. */
  connect: { readonly node: string };
  /** A connection ended. `error` is undefined if the client closed it. */
  disconnect: { readonly node: string; readonly error: MemcacheError | undefined };
  /** The node list changed, or the vBucket map of the Couchbase bucket (`movedVbuckets`). */
  topology: TopologyMessage;
  /** The node list or the map of the bucket could not be determined; the previous one stays. */
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

/** The names of these events in other clients and in Node's emitters. */
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

/** Throws InvalidArgumentError for an unknown event. */
export function checkEvent(name: unknown): void {
  if (typeof name === 'string' && Object.hasOwn(eventNames, name)) return;
  const known = Object.keys(eventNames);
  if (typeof name !== 'string') refuseArgument('event', name, `one of ${known.join(', ')}`);
  const other = otherNames.get(name);
  const words = other === undefined ? suggestion(name, known) : `; use ${other}`;
  throw new InvalidArgumentError(`unknown event ${show(name)}${words}`);
}

/** The listeners of a client's events. */
export type ClientListeners = EventListeners<ClientEvents>;

/** Passes the events of a client's cluster to its listeners. */
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
