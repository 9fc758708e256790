/// <reference types="node" />
/** Options of a client. Times are seconds. */
export interface ClientOptions<TIn = string | Buffer, TOut = Buffer | null> {
  /** Whether another server stands in for one that has failed. @default false */
  failover?: boolean | undefined;
  /** The time in seconds for which another server stands in. @default 60 */
  failoverTime?: number | undefined;
  /** The number of attempts of a call. @default 2 */
  retries?: number | undefined;
  /** The wait before the next attempt in seconds. @default 0.2 */
  retry_delay?: number | undefined;
  /** The time to live of values in seconds; 0 = no expiry, above 30 days a Unix time. @default 0 */
  expires?: number | undefined;
  /** Receives failures. @default console */
  logger?: Logger | undefined;
  /** Converts values to bytes and back. */
  serializer?: Serializer<TIn, TOut> | undefined;
}

/** What receives failures. */
export interface Logger {
  /** Is called with the words of a failure. */
  log(...args: any[]): void;
}

/** Converts values to bytes and back. `extras` are the flags, and behind them the time to live. */
export interface Serializer<TIn, TOut> {
  /** The bytes of a value. */
  serialize(opcode: number, value: TIn, extras: Buffer): { value: string | Buffer; extras: Buffer };
  /** The value of bytes that were stored. */
  deserialize(opcode: number, value: Buffer | null, extras: Buffer): { value: TOut; extras: Buffer };
}

/** Options of a server. Times are seconds. */
export interface ServerOptions {
  /** The name for SASL or the ASCII authentication. */
  username?: string | undefined;
  /** The password of `username`. */
  password?: string | undefined;
  /** The time of one attempt in seconds. @default 0.5 */
  timeout?: number | undefined;
  /** The time to connect in seconds. @default twice `timeout` */
  conntimeout?: number | undefined;
  /** Whether the kernel probes idle connections. @default false */
  keepAlive?: boolean | undefined;
  /** The time without traffic before the first probe, in seconds. @default 30 */
  keepAliveDelay?: number | undefined;
}

/** Options of calls that store. */
export interface InsertOptions {
  /** The time to live in seconds. @default the client's `expires` */
  expires?: number | undefined;
}

/** Options of `increment` and `decrement`. */
export interface IncrementDecrementOptions extends InsertOptions {
  /** The value of a counter that does not exist. @default 0 */
  initial?: number | undefined;
}

/** A callback: it receives an error, or null and the result. */
type Callback<T> = (err: Error | null, success: T | null) => void;
/** The callback of a counter: its value is the third argument. */
type CountCallback = (err: Error | null, success: boolean | null, value?: number | null) => void;
/** The callback of statistics: it is called once for each server. */
type StatsCallback = (err: Error | null, server: string, stats: Record<string, string> | null) => void;

/** A method that stores a value, by callback or by promise. */
interface Store<TIn> {
  (key: string, value: TIn, options?: InsertOptions): Promise<boolean>;
  (key: string, value: TIn, callback: Callback<boolean>): void;
  (key: string, value: TIn, options: InsertOptions, callback: Callback<boolean>): void;
}

/** A method that adds to an item, by callback or by promise. */
interface Join<TIn> {
  (key: string, value: TIn): Promise<boolean>;
  (key: string, value: TIn, callback: Callback<boolean>): void;
}

/** A method on a counter, by callback or by promise. */
interface Count {
  (
    key: string,
    amount: number,
    options?: IncrementDecrementOptions,
  ): Promise<{ success: boolean; value?: number | null | undefined }>;
  (key: string, amount: number, callback: CountCallback): void;
  (key: string, amount: number, options: IncrementDecrementOptions, callback: CountCallback): void;
}

/** The client. */
export class Client<TIn = string | Buffer, TOut = Buffer | null> {
  /** `[user:password@]host[:port],…`, or MEMCACHIER_SERVERS, or MEMCACHE_SERVERS, or `localhost:11211`. */
  static create<TIn = string | Buffer, TOut = Buffer | null>(
    serversStr?: string,
    options?: ClientOptions<TIn, TOut> & ServerOptions,
  ): Client<TIn, TOut>;
  constructor(servers: readonly Server[], options?: ClientOptions<TIn, TOut>);
  /** The number of calls so far. */
  readonly seq: number;
  /** The servers, in the order in which the hash of a key counts them. */
  readonly servers: readonly Server[];
  /** The options, with their defaults. */
  readonly options: ClientOptions<TIn, TOut>;
  /** The serializer in use. */
  readonly serializer: Serializer<TIn, TOut>;
  /** The index of the server of a key. May be replaced. */
  getServer(key: string): number | string;
  /** The server that has a key now; null = all are failing. */
  server(key: string): Server | null;
  /** The value as a Buffer and its flags; null if there is no item. */
  get(key: string): Promise<{ value: TOut; flags: Buffer | null }>;
  get(key: string, callback: (err: Error | null, value: TOut, flags: Buffer | null) => void): void;
  /** Stores a value. */
  set: Store<TIn>;
  /** Stores a value where there is none. */
  add: Store<TIn>;
  /** Stores a value over an item. */
  replace: Store<TIn>;
  /** Adds to the end of an item. */
  append: Join<TIn>;
  /** Adds to the beginning of an item. */
  prepend: Join<TIn>;
  /** Deletes an item. True if there was one. */
  delete(key: string): Promise<boolean>;
  delete(key: string, callback: Callback<boolean>): void;
  /** Adds to a counter, which is created if there is none. */
  increment: Count;
  /** Subtracts from a counter, down to 0; it is created if there is none. */
  decrement: Count;
  /** Gives an item a new time to live. True if there is an item. */
  touch(key: string, expires?: number): Promise<boolean>;
  touch(key: string, expires: number, callback: Callback<boolean>): void;
  /** Deletes all items of every server: `host:port` → true, or the error. */
  flush(): Promise<Record<string, boolean>>;
  flush(callback: (lastErr: Error | null, results: Record<string, boolean | Error>) => void): void;
  /** A group of statistics. Calls back once for each server. */
  statsWithKey(key: string, callback?: StatsCallback): void;
  /** The statistics. Calls back once for each server. */
  stats(callback?: StatsCallback): void;
  /** Sets the counters of every server to 0. Calls back once for each server. */
  resetStats(callback?: StatsCallback): void;
  /** Closes the connections after the calls in flight. */
  quit(): void;
  /** Closes the connections now. */
  close(): void;
  /** Counts a call. */
  incrSeq(): void;
}

/** One server and its connection. */
export class Server {
  constructor(host: string, port: number, username?: string, password?: string, options?: ServerOptions);
  /** The host name or address. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
  /** The name for the login. */
  readonly username: string | undefined;
  /** The password of `username`. */
  readonly password: string | undefined;
  /** The options, with their defaults. */
  readonly options: ServerOptions;
  /** Whether there is a connection. */
  readonly connected: boolean;
  /** Closes the connection now. */
  close(): void;
  /** `<Server host:port>`: for people. */
  toString(): string;
}

/** The header of a packet. */
export interface Header {
  /** 0x80 in a request, 0x81 in a response. */
  magic: number;
  /** The command. */
  opcode: number;
  /** The length of the key in bytes. */
  keyLength: number;
  /** The length of the extras in bytes. */
  extrasLength: number;
  /** Always 0. */
  dataType?: number;
  /** The status of a response. */
  status?: number;
  /** The length of extras, key and value in bytes. */
  totalBodyLength: number;
  /** A number that the response repeats. */
  opaque?: number;
  /** The token for compare-and-swap. */
  cas?: Buffer;
}

/** Headers to bytes and back. */
export const Header: {
  /** Reads a header. */
  fromBuffer(headerBuf: Buffer): Required<Header>;
  /** Writes a header. */
  toBuffer(header: Header): Buffer;
};

/** A packet in its parts. */
export interface Response {
  /** The header of the packet. */
  header: Required<Header>;
  /** The bytes of the key. */
  key: Buffer;
  /** The bytes of the extras. */
  extras: Buffer;
  /** The bytes of the value. */
  val: Buffer;
}

/** Packets of the binary protocol. */
export const Utils: {
  makeRequestBuffer(
    opcode: number,
    key: string | Buffer,
    extras: string | Buffer,
    value: string | Buffer,
    opaque?: number,
  ): Buffer;
  makeAmountInitialAndExpiration(amount: number, amountIfEmpty: number, expiration: number): Buffer;
  makeExpiration(expiration: number): Buffer;
  hashCode(str: string): number;
  parseMessage(dataBuf: Buffer): Response | false;
  merge<TOriginal extends object, TDefault extends object>(original: TOriginal, deflt: TDefault): TOriginal & TDefault;
  timestamp(): number;
};
