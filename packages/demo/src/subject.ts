/** What a run puts to the test: the pooled client, or plain clients of the proxy. */
import type { Client, MemcacheError } from 'memfleet';
import type { Cache } from './cache.ts';

/** A node, seen from there. */
export interface SubjectNode {
  readonly node: string;
  readonly state: string;
  readonly open: number;
  readonly connecting: number;
  readonly inFlight: number;
  readonly waiting: number;
  /** Connections made in all, and the most at once. */
  readonly connects: number;
  readonly peak: number;
}

/** A node is out of use for `duration` ms. */
export interface Eject {
  readonly node: string;
  readonly error: MemcacheError;
  readonly duration: number;
}

/** A node is back after `duration` ms. */
export interface Readmit {
  readonly node: string;
  readonly duration: number;
}

/** The nodes changed, or which of them has which vBuckets. */
export interface Change {
  readonly revision: number;
  readonly movedVbuckets: number;
}

/** See the head of this file. */
export interface Subject {
  /** What the shop calls. */
  readonly cache: Cache;
  onEject(listener: (event: Eject) => void): void;
  onReadmit(listener: (event: Readmit) => void): void;
  /** Only a client knows. */
  onTopology?(listener: (event: Change) => void): void;
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
    onEject: (listener) => void client.on('eject', listener),
    onReadmit: (listener) => void client.on('readmit', listener),
    onTopology: (listener) => void client.on('topology', listener),
    stats: () => client.stats(),
    nodeOf: (key) => client.nodeOf(key),
    close: () => client.close(),
    destroy: () => client.destroy(),
  };
}
