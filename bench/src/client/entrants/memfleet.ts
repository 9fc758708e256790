/** memfleet as it comes, and its variants. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Client, type ClientOptions, createClient } from 'memfleet';
import type { ClusterAddress, Entrant, OpenClient, Ports } from '../entrant.ts';
import { isOfMany, type Workload } from '../workload.ts';

/**
 * Milliseconds: the others wait as long as it takes, so a call that a busy machine holds up is no error here either.
 */
const timeout = 30_000;

function open(options: ClientOptions, close?: () => void): OpenClient {
  return opened(createClient({ timeout, ...options }), close);
}

function opened(client: Client, close?: () => void): OpenClient {
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.getMany(keys),
    getArray: (keys) => client.getMany(keys, { as: 'array' }),
    pick: (result: Map<string, unknown>, key) => result.get(key),
    close: () => {
      close?.();
      return client.close();
    },
  };
}

function one(ports: Ports): string {
  return `127.0.0.1:${ports.memcached}`;
}

const small = (workload: Workload): boolean => workload.size === 100;

export const memfleet: Entrant = {
  name: 'memfleet',
  role: 'ours',
  takes: () => true,
  open: (ports) => open({ nodes: one(ports) }),
};

function optionsFor(cluster: ClusterAddress | undefined): ClientOptions {
  if (cluster === undefined) throw new Error('there is no cluster');
  const { connectionString, username, password } = cluster;
  return { nodes: connectionString.replace(/^couchbase:\/\//, ''), couchbase: { username, password } };
}

/** On a Couchbase-type cluster. */
export const memfleetOnCluster: Entrant = {
  name: 'memfleet (cluster)',
  role: 'ours',
  place: 'cluster',
  takes: () => true,
  open: ({ cluster }) => open(optionsFor(cluster)),
};

/** The same in a named collection. */
const collection: Entrant = {
  name: 'memfleet (collection)',
  role: 'variant',
  place: 'cluster',
  takes: () => true,
  open: ({ cluster }) => opened(createClient(optionsFor(cluster)).collection('bench', 'items')),
};

/** Each call is published on the channel `memfleet:command`, and somebody listens. */
const subscribed: Entrant = {
  name: 'memfleet+subscriber',
  role: 'variant',
  takes: (workload) => small(workload) && !isOfMany(workload),
  open: (ports) => {
    let calls = 0;
    const count = (): void => {
      calls++;
    };
    subscribe('tracing:memfleet:command:asyncEnd', count);
    return open({ nodes: one(ports) }, () => {
      unsubscribe('tracing:memfleet:command:asyncEnd', count);
      if (calls === 0) throw new Error('nothing was published on memfleet:command');
    });
  },
};

/** Three nodes on a ketama ring. */
const ring: Entrant = {
  name: 'memfleet ×3 nodes',
  role: 'variant',
  takes: small,
  open: (ports) => open({ nodes: ports.ring.map((port) => `127.0.0.1:${port}`), locator: 'ketama' }),
};

/** As on nodes without the meta commands. */
const text: Entrant = {
  name: 'memfleet (text)',
  role: 'variant',
  takes: (workload) => small(workload) && workload.inFlight === 256,
  open: (ports) => open({ nodes: one(ports), protocol: 'text' }),
};

export const memfleetVariants: readonly Entrant[] = [ring, subscribed, text, collection];
