/// <reference types="node" />
import type { EventEmitter } from 'node:events';

export = Memcached;

/** The client, and the settings of all clients. */
declare const Memcached: Memcached.Constructor;
/** The client. */
interface Memcached extends Memcached.Client {}

declare namespace Memcached {
  /** `new Memcached(…)`, and the settings of all clients. */
  interface Constructor {
    new (location?: Location, options?: options): Memcached;
    (location?: Location, options?: options): Memcached;
    /** What all clients inherit. */
    readonly prototype: Memcached;
    /** The defaults of all clients. */
    config: options;
  }

  /** A callback: it receives an error, or the result. `this` is the command that it belongs to. */
  type Callback<T> = (this: CommandData, err: any, data: T) => void;

  /** The client. Without a callback, each method returns a promise. */
  interface Client extends EventEmitter {
    /** The servers, as `host:port`. */
    readonly servers: string[];
    /** Gives an item a new lifetime in seconds. True if there is an item. */
    touch: Method<[key: string, lifetime: number], boolean>;
    /** The value of a key, or undefined; of a list of keys, an object with those that exist. */
    get(key: string, cb: Callback<any>): void;
    get(keys: string[], cb: (err: any, data: Record<string, any>) => void): void;
    get(key: string): Promise<any>;
    get(keys: string[]): Promise<Record<string, any>>;
    /** The value under the name of the key, and the token for `cas`. */
    gets: Method<[key: string], { [key: string]: any; cas: string }>;
    /** The values of those keys that exist. If servers fail, the error is a list, and the others' values are there. */
    getMulti(keys: string[], cb: (this: undefined, err: any, data: Record<string, any>) => void): void;
    getMulti(keys: string[]): Promise<Record<string, any>>;
    /** Stores a value. The lifetime is in seconds; 0 = no end, more than 30 days = a Unix time. */
    set: Method<[key: string, value: any, lifetime: number], boolean>;
    /** Stores a value over an item; otherwise an error with `notStored`. */
    replace: Method<[key: string, value: any, lifetime: number], boolean>;
    /** Stores a value where there is none; otherwise an error with `notStored`. */
    add: Method<[key: string, value: any, lifetime: number], boolean>;
    /** Stores a value if the item has not changed since `gets` returned the token. */
    cas: Method<[key: string, value: any, cas: string, lifetime: number], boolean>;
    /** Adds to the end of an item; without an item, an error with `notStored`. */
    append: Method<[key: string, value: any], boolean>;
    /** Adds to the beginning of an item; without an item, an error with `notStored`. */
    prepend: Method<[key: string, value: any], boolean>;
    /** Adds to a counter. The new value, or false if there is no counter. */
    incr: Method<[key: string, amount: number], number | boolean>;
    /** Does the same as `incr`. */
    increment: Method<[key: string, amount: number], number | boolean>;
    /** Subtracts from a counter, down to 0. The new value, or false if there is no counter. */
    decr: Method<[key: string, amount: number], number | boolean>;
    /** Does the same as `decr`. */
    decrement: Method<[key: string, amount: number], number | boolean>;
    /** Deletes an item. True if there was one. */
    del: Method<[key: string], boolean>;
    /** Does the same as `del`. */
    delete: Method<[key: string], boolean>;
    /** The version of every server. */
    version: EveryServer<VersionData>;
    /** Deletes all items of every server. */
    flush: EveryServer<boolean>;
    /** Does the same as `flush`. */
    flushAll: EveryServer<boolean>;
    /** The statistics of every server. */
    stats: EveryServer<StatusData>;
    /** The settings of every server. */
    settings: EveryServer<StatusData>;
    /** Does the same as `settings`. */
    statsSettings: EveryServer<StatusData>;
    /** The statistics of every server by slab. */
    slabs: EveryServer<StatusData>;
    /** Does the same as `slabs`. */
    statsSlabs: EveryServer<StatusData>;
    /** The statistics of the items of every server by slab. */
    items: EveryServer<StatusData>;
    /** Does the same as `items`. */
    statsItems: EveryServer<StatusData>;
    /** The items of a slab: one, or a list of several. */
    cachedump(
      server: string,
      slabid: number,
      number: number,
      cb: (err: any, cachedump: CacheDumpData | CacheDumpData[]) => void,
    ): void;
    /** Calls back once for each server with those of the keys that it has; without keys, for every server. */
    multi(
      keys: string[] | false | undefined,
      cb: (this: Memcached, server: string, key: string[] | undefined, index: number, total: number) => void,
    ): void;
    /** Counts a failure of a server. */
    connectionIssue(error: unknown, connection: { readonly serverAddress: string }): void;
    /** Adds a listener for an event of a server. */
    on(event: EventNames, cb: (err: IssueData) => void): this;
    on(event: string | symbol, cb: (...args: any[]) => void): this;
    /** Closes all connections after the commands in flight. */
    end(): void;
  }

  /** A method on a key, by callback or by promise. */
  interface Method<Args extends unknown[], T> {
    (...args: [...Args, cb: Callback<T>]): void;
    (...args: Args): Promise<T>;
  }

  /** A method on every server, by callback or by promise: a list with the result of each. */
  interface EveryServer<T> {
    (cb: (err: any, results: T[]) => void): void;
    (): Promise<T[]>;
  }

  /**
   * The events: `issue` (a server has failed), `failure` (it is dead), `reconnecting` (it is tried again), `reconnect`
   * (that succeeded), `remove` (it left the ring).
   */
  type EventNames = 'issue' | 'failure' | 'reconnecting' | 'reconnect' | 'remove';

  /** A server, a list of servers, or servers with their weights. */
  type Location = string | readonly string[] | { readonly [server: string]: number };

  /** What listeners of events receive. */
  interface IssueData {
    /** The server, as `host:port`. */
    server: string;
    /** Its port and its host. */
    tokens: [string, string];
    /** The messages of its failures, at most 100. */
    messages: string[];
    /** The failures that are left until it is dead. */
    failures?: number | undefined;
    /** The failures so far. */
    totalFailures?: number | undefined;
    /** How often it was tried again. */
    totalReconnectsAttempted?: number | undefined;
    /** How often that succeeded. */
    totalReconnectsSuccess?: number | undefined;
    /** How often that failed. */
    totalReconnectsFailed?: number | undefined;
    /** How long it was out, in milliseconds. */
    totalDownTime?: number | undefined;
  }

  /** A command, as its callback sees it. */
  interface CommandData {
    /** When the method was called, in milliseconds since 1970. */
    start: number;
    /** The time from the call to the reply in milliseconds. */
    execution: number;
    /** The callback itself. */
    callback(...args: any[]): any;
    /** The name of the command on the wire. */
    type: string;
    /** The text of the command. */
    command: string;
    /** The token of `cas`. */
    cas?: string | undefined;
    /** The key with its namespace. */
    key?: string | undefined;
    /** The value, or the amount of a counter. */
    value?: any;
    /** The lifetime in seconds. */
    lifetime?: number | undefined;
  }

  /** The statistics of a server, by name. */
  interface StatusData {
    /** The server, as `host:port`. */
    server?: string | undefined;
    [key: string]: any;
  }

  /** The version of a server. */
  interface VersionData extends StatusData {
    /** All of it: `1.6.18`. */
    version: string;
    /** The first number. */
    major: string;
    /** The second number. */
    minor: string;
    /** The third number. */
    bugfix: string;
  }

  /** An item, as `cachedump` lists it. */
  interface CacheDumpData {
    /** The key of the item. */
    key: string;
    /** The size of the value in bytes. */
    b: number;
    /** When the item ends, as a Unix time. */
    s: number;
  }

  /** The options of a client. Times are milliseconds. */
  interface options {
    /** The longest key in bytes. @default 250 */
    maxKeySize?: number | undefined;
    /** No effect, as in the original. @default 2592000 */
    maxExpiration?: number | undefined;
    /** The largest value in bytes. @default 1048576 */
    maxValue?: number | undefined;
    /** The most calls in flight; 0 and less = no bound. @default -1 */
    maxQueueSize?: number | undefined;
    /** The most connections to a server. @default 10 */
    poolSize?: number | undefined;
    /** The hash of the ring: only `md5`. @default 'md5' */
    algorithm?: string | undefined;
    /** The kind of ring: only `ketama`. @default 'ketama' */
    compatibility?: string | undefined;
    /** The time in milliseconds after which a dead server is tried again; at most `retry`. @default 18000000 */
    reconnect?: number | undefined;
    /** The time of a call in milliseconds, connecting included. @default 5000 */
    timeout?: number | undefined;
    /** With 0, a read is not retried. @default 5 */
    retries?: number | undefined;
    /** No effect here. */
    factor?: number | undefined;
    /** No effect here. */
    minTimeout?: number | undefined;
    /** No effect here. */
    maxTimeout?: number | undefined;
    /** No effect here. */
    randomize?: boolean | undefined;
    /** The number of issues after which a server is dead. @default 5 */
    failures?: number | undefined;
    /** The time in milliseconds after which `failures` starts again. @default 300000 */
    failuresTimeout?: number | undefined;
    /** The time in milliseconds in which a server is not used after an issue; at most 1000. @default 30000 */
    retry?: number | undefined;
    /** Whether a dead server leaves the ring. @default false */
    remove?: boolean | undefined;
    /** Servers that take the place of those that are removed. */
    failOverServers?: string | string[] | undefined;
    /** Whether keys that are too long are replaced by their MD5. @default true */
    keyCompression?: boolean | undefined;
    /** The time in milliseconds after which an unused connection is closed. @default 5000 */
    idle?: number | undefined;
    /** What is prepended to every key. @default '' */
    namespace?: string | undefined;
    /** No effect here. */
    redundancy?: boolean | number | undefined;
    /** No effect here. */
    debug?: boolean | undefined;
    /** Whether text is stored with a backslash before each line end, as the original does. @default false */
    escapeLineEnds?: boolean | undefined;
  }
}
