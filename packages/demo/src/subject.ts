/** What a run puts to the test: the pooled client, or plain clients of the proxy. */
import type { Client, ClientEvents, NodeStats } from 'memfleet';
import type { Cache } from './text-cache.ts';

/** A node, seen from there. */
export type SubjectNode = Pick<
  NodeStats,
  'node' | 'state' | 'open' | 'connecting' | 'inFlight' | 'waiting' | 'connects' | 'peak'
>;

/** What it has to say; only a client knows of `topology`. */
export type SubjectEvents = Pick<ClientEvents, 'eject' | 'readmit' | 'topology'>;

/** The caches that a run tests. */
export interface Subject {
  /** What the shop calls. */
  readonly cache: Cache;
  on<Name extends keyof SubjectEvents>(event: Name, listener: (event: SubjectEvents[Name]) => void): unknown;
  stats(): { readonly nodes: readonly SubjectNode[] };
  /** Where a socket for a key has to go. */
  nodeOf(key: string): string | undefined;
  /** Fulfils when everything has ended. */
  close(): Promise<void>;
  destroy(): void;
}

/** A memfleet client. */
export function clientSubject(client: Client<Uint8Array>): Subject {
  return {
    cache: client,
    on: (event, listener) => client.on(event, listener),
    stats: () => client.stats(),
    nodeOf: (key) => client.nodeOf(key),
    close: () => client.close(),
    destroy: () => client.destroy(),
  };
}
