import type { Command } from '../../core/command.ts';

/** A node as the locators see it: a name on a ring, not a connection. */
export interface LocatorNode {
  /**
   * The configured name, which is what rings hash: `host:port` or `host` as the other clients of the fleet write it, a
   * socket path, or any label. It stays when the address changes. A name and its IP address are two places on a ring.
   */
  readonly id: string;
  /** The host name or address it is dialled at, or the path of a Unix socket. */
  readonly host: string;
  /** The TCP port it is dialled at; 0 for a Unix socket. */
  readonly port: number;
  /** Share of the keys relative to the other nodes. A whole number from 1 on. */
  readonly weight: number;
}

/**
 * Says which node a key belongs to. Immutable (round-robin keeps a cursor): a changed node list makes a new one. It
 * knows no node's health: the cluster asks `locate` first, and `locateNext` when that node is ejected and its keys are
 * to be redistributed.
 */
export interface Locator {
  /** How many nodes it was made for. */
  readonly size: number;

  /**
   * Finds the node of a key.
   *
   * @param key a byte string, as it goes on the wire
   * @returns the index of the key's node in the list the locator was made from; -1 when the list is empty
   */
  locate(key: string): number;

  /**
   * Where the key goes while its own nodes are out: the same answer for every caller with the same view of the fleet,
   * and keys of the other nodes do not move.
   *
   * @param skip true for the index of a node that must not be used
   * @returns the index of a node that is not skipped; -1 when all are
   */
  locateNext(key: string, skip: (index: number) => boolean): number;

  /**
   * Finds the node of a command and writes into the command what the node wants to know of it (the vBucket). Where it
   * is absent, `locate` is asked for the command's routing key or key.
   *
   * @returns the index of the node; -1 when nobody has the key now
   */
  route?(command: Command): number;
}

/** What can be told apart from the scheme itself. */
export interface LocatorOptions {
  /**
   * Two characters, as twemproxy's `hash_tag`: when a key has the first and, later, the second with something between,
   * only what is between is hashed, so `{user:1}:name` and `{user:1}:mail` share a node. @default none
   */
  readonly hashTag?: string | undefined;
  /** A prefix that the client puts before its keys and that is not hashed (libmemcached, pymemcache). @default none */
  readonly prefix?: string | undefined;
  /**
   * True sorts the nodes by `id` first, so that the order of a list does not matter. Rings hardly care; modulo does.
   * @default false
   */
  readonly sort?: boolean | undefined;
}

/** What a scheme does that surprises people: documentation, and food for the lint. */
export interface ProfileTraits {
  /**
   * The names on its ring: `short` leaves port 11211 out, `long` always has the port, `spy` is Java's, `id` the bare
   * id. None: no names are hashed.
   */
  readonly names?: 'short' | 'long' | 'spy' | 'id';
  /** `counted` in shares or slots, `ignored`, or `switch`: a weight above 1 changes the points of all nodes. */
  readonly weights: 'counted' | 'ignored' | 'switch';
  /** Whose order matters: the `list`'s, twemproxy's own `name` order, or `none`. */
  readonly order: 'list' | 'name' | 'none';
  /** How a key that is not ASCII is hashed: its `bytes`, as `signed` chars (x86), or the characters of its `text`. */
  readonly keys: 'bytes' | 'signed' | 'text' | 'none';
  /** How the nodes' shares of a ring are rounded. */
  readonly rounding?: 'float' | 'double';
  /** The hash of keys has 15 bits where the points have 32. */
  readonly narrow?: 'always' | 'weighted';
  /** Whether the library hashes keys with the prefix that it puts before them, or without it. */
  readonly prefix?: 'hashed' | 'bare';
}

/** A named scheme: the name that users write, and how its locators are made. */
export interface LocatorProfile {
  /** What the `locator` option says, for example `libmemcached-ketama-weighted`. */
  readonly name: string;
  /** One line for people: whose scheme it is and what it does. */
  readonly description: string;
  /** What the scheme does that may surprise its users. */
  readonly traits: ProfileTraits;
  /** Makes the locator of a node list. */
  create(nodes: readonly LocatorNode[], options?: LocatorOptions): Locator;
}

/** Hashes a byte string to an unsigned 32-bit number. */
export type KeyHash = (bytes: string) => number;
