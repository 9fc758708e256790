/** Events of a client: what its nodes and connections do. */
import { inMicrotask } from '../base/real-time.ts';
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

type Listener = (event: never) => void;

/** Who listens to what. A listener that throws is reported as an uncaught exception, after the others were told. */
export class Listeners implements ClusterEvents {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Returns the function that ends it. */
  add<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  onEject(node: string, error: MemcacheError, duration: number): void {
    this.#emit('eject', { node, error, duration });
  }

  onReadmit(node: string, duration: number): void {
    this.#emit('readmit', { node, duration });
  }

  onConnect(node: string): void {
    this.#emit('connect', { node });
  }

  onDisconnect(node: string, error: MemcacheError | undefined): void {
    this.#emit('disconnect', { node, error });
  }

  onTopology(_nodes: readonly string[], _revision: number, change: TopologyMessage): void {
    this.#emit('topology', change);
  }

  onSourceError(error: MemcacheError): void {
    this.#emit('discoveryError', { error });
  }

  #emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
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
}
