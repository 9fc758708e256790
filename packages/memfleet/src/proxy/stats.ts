import type { ClusterStats } from '../cluster/stats.ts';
/** Snapshots of a proxy. All numbers that count add up over worker processes; gauges (marked so) do as well, as every worker has its own. */
import type { Address } from '../net/transport.ts';
import type { FrontCacheStats } from './front-cache-stats.ts';
import type { Histogram } from './listeners/histogram.ts';

/** What sessions of one listener did. */
export interface ListenerStats {
  /** As in the options, or its address. */
  readonly name: string;
  /** Where it listens, with the port that was given. */
  readonly address: Address;
  /** The route or cluster it leads to. */
  readonly route: string;
  /** Clients now (a gauge). */
  readonly sessions: number;
  readonly maxSessions: number;
  /** Connections accepted, those over the limit not counted. */
  readonly accepted: number;
  /** Connections closed because there were too many. */
  readonly rejected: number;
  /** Connections lost while they were accepted: TLS failures, file descriptors used up. */
  readonly failed: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Logins, and those that failed. */
  readonly authentications: number;
  readonly authenticationFailures: number;
  /** Sessions closed: their bytes were no protocol, the client was silent, the client did not read. */
  readonly protocolErrors: number;
  readonly idleKicks: number;
  readonly slowKicks: number;
  readonly commands: Readonly<Record<CommandName, CommandStats>>;
  /** Keys in multi-key gets, and those of them that were duplicates and not fetched again. */
  readonly multigetKeys: number;
  readonly multigetDuplicates: number;
}

/** The answers to one kind of command. */
export interface CommandStats {
  /** Commands answered; of a get of many keys, each key. */
  readonly seen: number;
  /** Hit, stored, deleted, touched, done. */
  readonly ok: number;
  readonly misses: number;
  readonly notStored: number;
  /** The cas differed. */
  readonly exists: number;
  /** Error answers, those of nodes and those of the proxy. */
  readonly errors: number;
  /** Of `seen`, those that asked for silence (noreply, q, quiet opcodes). */
  readonly quiet: number;
}

/** The kinds of commands that are counted apart. */
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

/** Everything a proxy knows of itself. */
export interface ProxyStats {
  /** Milliseconds since it was made. */
  readonly uptime: number;
  /** Counts the configurations: 1 = the first, and one more for every reload that was accepted. */
  readonly revision: number;
  readonly reloads: number;
  readonly reloadsRefused: number;
  /** Clients now, of all listeners (a gauge). */
  readonly sessions: number;
  readonly listeners: readonly ListenerStats[];
  /** Of all listeners, those that a reload took away too. */
  readonly commands: Readonly<Record<CommandName, CommandStats>>;
  readonly multigetKeys: number;
  readonly multigetDuplicates: number;
  /** Bytes of large values that are being received now (a gauge). */
  readonly receiving: number;
  /** By name of the cluster. */
  readonly clusters: Readonly<Record<string, ClusterStats>>;
  /** By name of the route they were found in. */
  readonly frontCaches: Readonly<Record<string, FrontCacheStats>>;
  /** Milliseconds from a command to its answer, by node; empty when `timings` is off. */
  readonly latencies: Readonly<Record<string, Histogram>>;
}
