import type { Command } from '../../core/command.ts';

/** A node as the locators see it: a name on a ring, not a connection. */
export interface LocatorNode {
  /**
   * The configured name, which rings hash: `host:port` or `host` as the other clients of the fleet write it, a
   * socket path, or any label. It stays when the address changes. A name and its IP address are two places on a ring.
   */
  readonly id: string;
  /** The host name or address that is dialled, or the path of a Unix socket. */
  readonly host: string;
  /** The TCP port that is dialled; 0 for a Unix socket. */
  readonly port: number;
  /** Share of the keys relative to the other nodes. A whole number from 1 on. */
  readonly weight: number;
}

/**
 * Maps keys to nodes. Immutable (round-robin keeps a cursor): a changed node list makes a new one. It does not know the
 * health of nodes: the cluster calls `locate` first, and `locateNext` when that node is ejected and its keys are
 * redistributed.
 */
export interface Locator {
  /** The number of nodes it was made for. */
  readonly size: number;

  /**
   * Finds the node of a key.
   *
   * @param key a byte string, as it goes on the wire
   * @returns the index of the key's node in the list the locator was made from; -1 when the list is empty
   */
  locate(key: string): number;

  /**
   * Finds the node of a key while its own nodes are ejected: the same node for every caller with the same view of the
   * fleet. Keys of the other nodes do not move.
   *
   * @param skip true for the index of a node that must not be used
   * @returns the index of a node that is not skipped; -1 when all are
   */
  locateNext(key: string, skip: (index: number) => boolean): number;

  /**
   * Finds the node of a command and sets the fields of the command that the node requires (the vBucket). Where this
   * method is absent, `locate` is called with the command's routing key or key.
   *
   * @returns the index of the node; -1 when no node has the key now
   */
  route?(command: Command): number;

  /** The number of vBuckets that each node of the list owns; absent where there are no vBuckets. */
  vbuckets?(): readonly number[];
}

/** The options that are independent of the scheme. */
export interface LocatorOptions {
  /**
   * Two characters, as twemproxy's `hash_tag`: when a key has the first and, later, the second with at least one byte
   * between, only the part between is hashed, so `{user:1}:name` and `{user:1}:mail` share a node. @default none
   */
  readonly hashTag?: string | undefined;
  /** A prefix that the client puts before its keys and that is not hashed (libmemcached, pymemcache). @default none */
  readonly prefix?: string | undefined;
  /**
   * True sorts the nodes by `id` first, so that the order of a list does not matter. It hardly matters to rings, but it
   * does to modulo.
   * @default false
   */
  readonly sort?: boolean | undefined;
  /** A source of random numbers from 0 to below 1, for schemes that draw; for tests. @default that of the runtime */
  readonly random?: (() => number) | undefined;
}

/** The surprising properties of a scheme, for the docs and for `lintLocator`. */
export interface ProfileTraits {
  /**
   * The names on its ring: `short` leaves port 11211 out, `long` always has the port, `spy` is Java's, `id` the bare
   * id. Absent: no names are hashed.
   */
  readonly names?: 'short' | 'long' | 'spy' | 'id';
  /** `counted` in shares or slots, `ignored`, or `switch`: a weight above 1 changes the points of all nodes. */
  readonly weights: 'counted' | 'ignored' | 'switch';
  /** The order that matters: that of the `list`, twemproxy's own `name` order, or `none`. */
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
  /** The value of the `locator` option, for example `libmemcached-ketama-weighted`. */
  readonly name: string;
  /** One line for users: the origin of the scheme and its method. */
  readonly description: string;
  /** The surprising properties of the scheme. */
  readonly traits: ProfileTraits;
  /** Makes the locator of a node list. */
  create(nodes: readonly LocatorNode[], options?: LocatorOptions): Locator;
}

/** What a fleet needs of a scheme: its profile without the facts (facts.ts). */
export interface LocatorScheme extends Pick<LocatorProfile, 'name' | 'create'>, Pick<ProfileTraits, 'names'> {}

/** Hashes a byte string to an unsigned 32-bit number. */
export type KeyHash = (bytes: string) => number;
