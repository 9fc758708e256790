/**
 * Snapshots of a proxy. All counters add up over worker processes; gauges (marked as such) do as well, because every
 * worker has its own.
 */
import type { Histogram } from '../base/histogram.ts';
import type { ClusterStats } from '../cluster/stats.ts';
import type { Address } from '../net/transport.ts';

/** One line of the reply to `stats`. */
export type StatLine = readonly [name: string, value: string | number];

/** Statistics of one listener. */
export interface ListenerStats {
  /** The name in the options, or the address. */
  readonly name: string;
  /** The address it listens on, with the assigned port. */
  readonly address: Address;
  /** The route or cluster of the listener. */
  readonly route: string;
  /** Connections open now (a gauge). */
  readonly sessions: number;
  /** The limit of `sessions`. */
  readonly maxSessions: number;
  /** Connections accepted, without those over the limit. */
  readonly accepted: number;
  /** Connections closed because there were too many. */
  readonly rejected: number;
  /** Connections lost while they were accepted: TLS failures, file descriptors used up. */
  readonly failed: number;
  /** Bytes received from clients. */
  readonly bytesRead: number;
  /** Bytes sent to clients. */
  readonly bytesWritten: number;
  /** Logins, failed ones included. */
  readonly authentications: number;
  /** Failed logins. */
  readonly authenticationFailures: number;
  /** Connections closed because of a protocol error. */
  readonly protocolErrors: number;
  /** Connections closed because the client sent nothing. */
  readonly idleKicks: number;
  /** Connections closed because the client did not read its replies. */
  readonly slowKicks: number;
  /** Commands and their replies, by kind. */
  readonly commands: Readonly<Record<CommandName, CommandStats>>;
  /** Keys in multi-key gets. */
  readonly multigetKeys: number;
  /** Of `multigetKeys`, the duplicates, which were not fetched again. */
  readonly multigetDuplicates: number;
}

/** Replies to one kind of command. */
export interface CommandStats {
  /** Commands completed; each key of a get of many keys counts. */
  readonly seen: number;
  /** Commands that succeeded: hit, stored, deleted, touched, done. */
  readonly ok: number;
  /** Keys that were not found. */
  readonly misses: number;
  /** Stores whose condition was not met (`NOT_STORED`). */
  readonly notStored: number;
  /** Stores whose cas token differed (`EXISTS`). */
  readonly exists: number;
  /** Error replies, of nodes and of the proxy. */
  readonly errors: number;
  /** Of `seen`, the quiet commands (noreply, q, quiet opcodes). */
  readonly quiet: number;
}

/** The kinds of commands that are counted separately. */
export type CommandName =
  | 'get'
  | 'gets'
  | 'gat'
  | 'set'
  | 'add'
  | 'replace'
  | 'append'
  | 'prepend'
  | 'cas'
  | 'delete'
  | 'incr'
  | 'decr'
  | 'touch'
  | 'me'
  | 'flush_all'
  | 'noop'
  | 'version'
  | 'verbosity'
  | 'stats'
  | 'admin'
  | 'invalid';

/** Statistics of one front cache. The names follow Moxi's `frontcache` group. */
export interface FrontCacheStats {
  /** Items in the cache now (a gauge). */
  readonly items: number;
  /** Bytes of their keys and values (a gauge). */
  readonly bytes: number;
  /** The limit of `items`. */
  readonly maxItems: number;
  /** The limit of `bytes`. */
  readonly maxBytes: number;
  /** How long an item stays, in milliseconds. */
  readonly lifespan: number;
  /** Gets served from the cache. */
  readonly hits: number;
  /** Gets that found an expired item. */
  readonly expires: number;
  /** Gets that found no item. */
  readonly misses: number;
  /** Items added. */
  readonly adds: number;
  /** Items removed because of a write of their key. */
  readonly deletes: number;
  /** Items removed for lack of room. */
  readonly evictions: number;
}

/** The keys that clients use most. */
export interface HotKeyStats {
  /** The time that the counts are about, in milliseconds: the last 10 to 20 seconds. */
  readonly duration: number;
  /** Commands with a key in this time, estimated by samples. */
  readonly commands: number;
  /**
   * The keys, as byte strings, with the number of commands that used each, estimated by samples; the most frequent
   * first. Keys with less than a thousandth of all commands are left out.
   */
  readonly keys: readonly { readonly key: string; readonly count: number }[];
}

/** A snapshot of the statistics of a proxy. */
export interface ProxyStats {
  /** Milliseconds since the proxy was created. */
  readonly uptime: number;
  /** The number of the current configuration: 1 for the first, one more for every accepted reload. */
  readonly revision: number;
  /** Configurations accepted after the first. */
  readonly reloads: number;
  /** Configurations refused. */
  readonly reloadsRefused: number;
  /** Connections open now, of all listeners (a gauge). */
  readonly sessions: number;
  /** Statistics of each listener. */
  readonly listeners: readonly ListenerStats[];
  /** Commands and their replies, of all listeners, also of those that a reload removed. */
  readonly commands: Readonly<Record<CommandName, CommandStats>>;
  /** Keys in multi-key gets, of all listeners. */
  readonly multigetKeys: number;
  /** Of `multigetKeys`, the duplicates, which were not fetched again. */
  readonly multigetDuplicates: number;
  /** Bytes of large values that are being received now (a gauge). */
  readonly receiving: number;
  /** The statistics of each cluster, by its name. */
  readonly clusters: Readonly<Record<string, ClusterStats>>;
  /** The statistics of each front cache, by the name of its route. */
  readonly frontCaches: Readonly<Record<string, FrontCacheStats>>;
  /** Milliseconds from a command to its reply, by node; empty when `timings` is off. */
  readonly latencies: Readonly<Record<string, Histogram>>;
  /** The keys that clients use most; undefined when the option `hotKeys` is 0. */
  readonly hotKeys: HotKeyStats | undefined;
}
