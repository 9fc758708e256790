/**
 * What the page shows, as plain data: the totals of one moment (`Snapshot`), what came between two (`Point`), what
 * happened (`Mark`) and what was logged (`LogLine`). The page (packages/cli/page) takes its types from here.
 */

/** The results of commands, as in the metrics. */
export const results = ['ok', 'miss', 'not_stored', 'exists', 'error'] as const;

/** Counts of commands by their result, since the start. */
export type ResultCounts = Readonly<Record<(typeof results)[number], number>>;

/** The commands of one verb. */
export interface CommandRow extends ResultCounts {
  readonly command: string;
}

/** Durations counted in buckets: `counts` has one more than there are bounds. */
export interface LatencyCounts {
  readonly counts: readonly number[];
  /** Of all durations, in seconds. */
  readonly sum: number;
}

/** A node with the pool to it. */
export interface NodeRow {
  readonly cluster: string;
  readonly node: string;
  /** `alive`, `suspect`, `ejected`, `probing`; `mixed` where processes differ; `down` without a proxy. */
  readonly state: string;
  readonly latency: LatencyCounts;
  /** How many vBuckets the node is the owner of; undefined where there are none. */
  readonly vbuckets?: number | undefined;
  readonly ejections: number;
  /** Undefined where nobody pools: without a proxy. */
  readonly pool?: PoolFigures | undefined;
  /** What the node says of itself; undefined behind a proxy, which does not ask. */
  readonly server?: ServerFigures | undefined;
}

/** The connections of a proxy to a node. */
export interface PoolFigures {
  readonly open: number;
  readonly connecting: number;
  readonly inFlight: number;
  readonly waiting: number;
  readonly connects: number;
  readonly connectFailures: number;
  readonly timeouts: number;
  readonly waits: number;
  readonly refused: number;
}

/** What a node says of itself. */
export interface ServerFigures {
  readonly version: string;
  /** In seconds. */
  readonly uptime: number;
  readonly items: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly evictions: number;
  readonly connections: number;
  readonly received: number;
  readonly sent: number;
  readonly commands: readonly CommandRow[];
  /** Why it is slow or down; undefined when it is not. */
  readonly error?: string | undefined;
}

/** A listener of the proxy. */
export interface ListenerRow {
  readonly listener: string;
  readonly address: string;
  readonly route: string;
  readonly sessions: number;
  readonly maxSessions: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly kicked: number;
  readonly received: number;
  readonly sent: number;
}

/** A front cache of the proxy. */
export interface FrontCacheRow {
  readonly route: string;
  readonly items: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly expires: number;
  readonly evictions: number;
}

/** A process. */
export interface ProcessRow {
  /** `proxy`, `worker 1`, `dashboard`. */
  readonly name: string;
  readonly pid: number;
  /** CPU time so far, in seconds. */
  readonly cpu: number;
  /** Resident memory, in bytes. */
  readonly memory: number;
  /** The delay of the event loop that one of a hundred readings exceeds, in seconds. */
  readonly loopDelay: number;
}

/** The keys that are used most. */
export interface HotKeyRows {
  /** What the counts are about, in seconds. */
  readonly seconds: number;
  readonly commands: number;
  /** Printable: see shown-key.ts. */
  readonly keys: readonly { readonly key: string; readonly count: number }[];
}

/** The totals of one moment. */
export interface Snapshot {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly source: 'proxy' | 'fleet';
  readonly version: string;
  /** In seconds. */
  readonly uptime: number;
  /** Why no clients should come; an empty list when they may. */
  readonly unready: readonly string[];
  /** The upper bounds of the buckets of latencies, in seconds. */
  readonly latencyBounds: readonly number[];
  readonly commands: readonly CommandRow[];
  readonly multigetKeys: number;
  /** Of these, those that were merged with an equal one. */
  readonly mergedKeys: number;
  readonly nodes: readonly NodeRow[];
  /** The revision of the node list of each cluster. */
  readonly topology: Readonly<Record<string, number>>;
  readonly listeners: readonly ListenerRow[];
  readonly frontCaches: readonly FrontCacheRow[];
  readonly processes: readonly ProcessRow[];
  readonly workerRestarts: number;
  /** Undefined when nobody looks for them. */
  readonly hotKeys?: HotKeyRows | undefined;
  /** Undefined without a proxy. */
  readonly config?: ConfigFigures | undefined;
}

/** The configuration, counted. */
export interface ConfigFigures {
  readonly revision: number;
  /** Whether the last change was refused, so that the one before is in effect. */
  readonly isRefused: boolean;
}

/** The configuration; sent when it changed. */
export interface ShownConfig {
  /** Where it comes from, for people. */
  readonly origin: string;
  /** In full, without secrets. */
  readonly settings: unknown;
  /** Why the last change was refused; an empty list when it was not. */
  readonly problems: readonly string[];
  /** When that was, in milliseconds since 1970. */
  readonly refusedAt?: number | undefined;
}

/** What came between two snapshots: rates are per second. */
export interface Point {
  /** Of the later one, in milliseconds since 1970. */
  readonly at: number;
  /** Between the two, in seconds. */
  readonly seconds: number;
  /** By command, those that came. */
  readonly commands: Readonly<Record<string, number>>;
  /** By result, all of them. */
  readonly results: ResultCounts;
  /** Hits and misses of gets, per second. */
  readonly hits: number;
  readonly misses: number;
  readonly frontHits: number;
  readonly mergedKeys: number;
  readonly evictions: number;
  /** By node. */
  readonly requests: Readonly<Record<string, number>>;
  /** By node: the bucket and what came into it (not a rate), in turn: `[3, 120, 4, 7]`. */
  readonly latencies: Readonly<Record<string, readonly number[]>>;
  readonly sessions: number;
  readonly open: number;
  readonly inFlight: number;
  readonly waiting: number;
  /** The highest of all processes, in seconds. */
  readonly loopDelay: number;
  /** Seconds of CPU per second, by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** Something that happened. */
export interface Mark {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: 'ejected' | 'returned' | 'topology' | 'config' | 'refused' | 'worker';
  /** In words. */
  readonly text: string;
}

/** A line of the log. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: string;
  readonly message: string;
  /** The other fields, as `key=value`. */
  readonly fields: string;
}

/** The events that the page receives, by name. */
export interface PageEvents {
  /** Once, at first. */
  readonly history: {
    readonly points: readonly Point[];
    readonly marks: readonly Mark[];
    readonly log: readonly LogLine[];
  };
  /** At first, and when it changed. */
  readonly config: ShownConfig;
  /** Again and again; the point is missing from the first. */
  readonly sample: {
    readonly snapshot: Snapshot;
    readonly point?: Point | undefined;
    readonly marks: readonly Mark[];
    readonly log: readonly LogLine[];
  };
}
