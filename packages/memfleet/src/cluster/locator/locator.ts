/** A node as the locators see it: a name on a ring, not a connection. */
export interface LocatorNode {
  /** The configured name, stable when the dial address changes; what rings with a name of their own (twemproxy's) hash. */
  readonly id: string;
  /** The configured host name or address, or the path of a Unix socket. Rings hash this string, so a name and its IP address are two places. */
  readonly host: string;
  /** TCP port; 0 for a Unix socket. */
  readonly port: number;
  /** Share of the keys relative to the other nodes. A whole number from 1 on. */
  readonly weight: number;
}

/**
 * Says which node a key belongs to. Immutable (round-robin keeps a cursor): a changed node list makes a new one. It knows no node's health: the
 * cluster asks `locate` first, and `locateNext` when that node is ejected and its keys are to be redistributed.
 */
export interface Locator {
  /** How many nodes it was made for. */
  readonly size: number;

  /**
   * @param key a byte string, as it goes on the wire
   * @returns the index of the key's node in the list the locator was made from; -1 when the list is empty
   */
  locate(key: string): number;

  /**
   * Where the key goes while its own nodes are out: the same answer for every caller with the same view of the fleet, and keys of the other
   * nodes do not move.
   *
   * @param skip true for the index of a node that must not be used
   * @returns the index of a node that is not skipped; -1 when all are
   */
  locateNext(key: string, skip: (index: number) => boolean): number;
}

/** What can be told apart from the scheme itself. */
export interface LocatorOptions {
  /**
   * Two characters, as twemproxy's `hash_tag`: when a key has the first and, later, the second with something between, only what is between is
   * hashed, so `{user:1}:name` and `{user:1}:mail` share a node. @default none
   */
  readonly hashTag?: string | undefined;
  /** A prefix that the client puts before its keys and that is not hashed (libmemcached, pymemcache). @default none */
  readonly prefix?: string | undefined;
  /** True sorts the nodes by `id` first, so that the order of a list does not matter. Rings hardly care; modulo does. @default false */
  readonly sort?: boolean | undefined;
}

/** A named scheme: the name that users write, and how its locators are made. */
export interface LocatorProfile {
  /** What the `locator` option says, for example `libmemcached-ketama-weighted`. */
  readonly name: string;
  /** One line for people: whose scheme it is and what it does. */
  readonly description: string;
  /** Makes the locator of a node list. */
  create(nodes: readonly LocatorNode[], options?: LocatorOptions): Locator;
}

/** Hashes a byte string to an unsigned 32-bit number. */
export type KeyHash = (bytes: string) => number;
