/**
 * The client of npm `memjs` 1.3 on memfleet.
 *
 *   get(key, callback) ─ row of commands.ts ─▶ server of the key ─▶ Server ─▶ client of memfleet
 *            callback or promise ◀─ results ◀─ retries, other servers ◀─ promise
 */
import { MemcacheError } from 'memfleet';
import { type CommandOptions, type CommandRow, commands, type Send, type Serializer } from './commands.ts';
import { refusal } from './errors.ts';
import { Utils } from './packets.ts';
import { Server, type ServerOptions } from './server.ts';

/** Options of a client. Times are seconds. */
export interface ClientOptions {
  /** Whether another server stands in for one that has failed. @default false */
  readonly failover?: boolean | undefined;
  /** How long another server stands in. @default 60 */
  readonly failoverTime?: number | undefined;
  /** The attempts of a call. @default 2 */
  readonly retries?: number | undefined;
  /** The wait before the next attempt. @default 0.2 */
  readonly retry_delay?: number | undefined;
  /** The time to live of values; 0 = no expiry, above 30 days a Unix time. @default 0 */
  readonly expires?: number | undefined;
  /** Receives failures. @default console */
  readonly logger?: { log(...words: readonly unknown[]): void } | undefined;
  /** Converts values to bytes and back. */
  readonly serializer?: Serializer | undefined;
}

/** Is called with an error, or with null and the results. */
export type Callback = (error: unknown, ...results: readonly unknown[]) => void;

const noSerializer: Serializer = {
  serialize: (_opcode, value, extras) => ({ value: value as string | Buffer, extras }),
  deserialize: (_opcode, value, extras) => ({ value, extras }),
};

const defaults = { failover: false, failoverTime: 60, retries: 2, retry_delay: 0.2, expires: 0, logger: console };

/** `given` over the defaults; undefined and null are not given. */
function resolved(given: ClientOptions): typeof defaults & ClientOptions {
  const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return { ...defaults, ...Object.fromEntries(set) };
}

/** Throws what a callback has thrown where the process sees it, as the original does. */
function callBack(callback: Callback, error: unknown, results: readonly unknown[]): void {
  try {
    if (results.length === 1) callback(error, results[0]);
    else callback(error, ...results);
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown;
    });
  }
}

/** The client. Its methods on keys are in the table of commands.ts. */
export class Client {
  readonly servers: Server[];
  readonly options: ReturnType<typeof resolved>;
  readonly serializer: Serializer;
  /** The number of calls so far. */
  seq = 0;

  constructor(servers: Server[], options: ClientOptions = {}) {
    this.servers = servers;
    this.options = resolved(options);
    this.serializer = this.options.serializer ?? noSerializer;
  }

  /** `[user:password@]host[:port],…`, or MEMCACHIER_SERVERS, or MEMCACHE_SERVERS, or `localhost:11211`. */
  static create(list?: string, options: ClientOptions & ServerOptions = {}): Client {
    const { MEMCACHIER_SERVERS, MEMCACHE_SERVERS } = process.env;
    const text = list || MEMCACHIER_SERVERS || MEMCACHE_SERVERS || 'localhost:11211';
    const servers = text.split(',').map((uri) => {
      const [address = '', credentials = ''] = uri.split('@').reverse();
      const [host = '', port = '11211'] = address.split(':');
      const [username, password] = credentials.split(':');
      return new Server(host, Number.parseInt(port, 10) || 11211, username, password, options);
    });
    return new Client(servers, options);
  }

  /** The index of the server of a key. May be replaced. */
  getServer(key: string): number | string {
    return Utils.hashCode(key) % this.servers.length;
  }

  /** The server that has a key now; null = all are failing. */
  server(key: string): Server | null {
    const { servers } = this;
    const first = servers.length > 1 ? Number(this.getServer(key)) : 0;
    for (let step = 0; step < servers.length; step++) {
      const server = servers[(first + step) % servers.length];
      if (server !== undefined && (server.wakeupAt === undefined || server.wakeupAt <= Date.now())) return server;
    }
    return null;
  }

  /** Deletes all items of every server: `host:port` → true, or the error. */
  flush(callback?: Callback): Promise<unknown> | undefined {
    if (callback === undefined) return promised((settle) => this.flush(settle));
    const results: Record<string, unknown> = {};
    let lastError: unknown = null;
    const flushed = this.servers.map(async (server) => {
      try {
        await server.client.flush(0, server.callOptions);
        results[server.name] = true;
      } catch (error) {
        lastError = results[server.name] = error;
      }
    });
    void Promise.all(flushed).then(() => callBack(callback, lastError, [results]));
    return undefined;
  }

  /** A group of statistics. Calls back once for each server, with `host:port` and the statistics. */
  statsWithKey(key: string, callback?: Callback): void {
    for (const server of this.servers)
      server.client.serverStats(key, server.callOptions).then(
        (nodes) => callBack(callback ?? ignore, null, [server.name, nodes.values().next().value ?? {}]),
        (error: unknown) => {
          const refused = refusal(`STATS (${key})`, error);
          if (refused !== undefined) this.options.logger.log(refused.message);
          callBack(callback ?? ignore, refused ?? error, [server.name, null]);
        },
      );
  }

  /** The statistics of every server, as `statsWithKey`. */
  stats(callback?: Callback): void {
    this.statsWithKey('', callback);
  }

  /** Sets the counters of every server to 0. Calls back once for each server. */
  resetStats(callback?: Callback): void {
    this.statsWithKey('reset', callback);
  }

  /** Closes the connections after the calls in flight. */
  quit(): void {
    for (const server of this.servers) server.quit();
  }

  /** Closes the connections now. */
  close(): void {
    for (const server of this.servers) server.close();
  }

  /** Counts a call. */
  incrSeq(): void {
    this.seq = (this.seq + 1) | 0;
  }

  /** @internal A command on one key. */
  run(row: CommandRow, args: readonly unknown[]): Promise<unknown> | undefined {
    const given = argumentsOf(row, args);
    if (given.isOld) this.options.logger.log(`MemJS ${row.name}: using deprecated call - arguments have changed`);
    const { callback } = given;
    if (callback === undefined) return this.#promise(row, given);
    this.#start(row, given, typeof callback === 'function' ? (callback as Callback) : ignore);
    return undefined;
  }

  /** Throws for arguments that cannot be sent. */
  #prepare(row: CommandRow, { key, argument, options }: Given): Sending {
    this.incrSeq();
    const expires = options.expires || this.options.expires;
    const serializer = this.serializer === noSerializer ? undefined : this.serializer;
    return { row, key, serializer, send: row.prepare({ key, argument, options, serializer, expires }) };
  }

  /** The promise of the first attempt becomes that of the call: each further promise costs CPU time. */
  #promise(row: CommandRow, given: Given): Promise<unknown> {
    let sending: Sending;
    try {
      sending = this.#prepare(row, given);
    } catch (error) {
      return Promise.reject(asError(error));
    }
    const server = this.server(given.key);
    if (server === null) return Promise.reject(noServers());
    return sending.send(server.client, server.callOptions).then(
      (sent) => promisedResult(sending, sent),
      (error: unknown) =>
        promised((settle) => this.#onError(sending, settle, this.options.retries, server, error), row.promise),
    );
  }

  #start(row: CommandRow, given: Given, settle: Callback): void {
    let sending: Sending;
    try {
      sending = this.#prepare(row, given);
    } catch (error) {
      process.nextTick(settle, error, null);
      return;
    }
    this.#attempt(sending, settle, this.options.retries);
  }

  #attempt(sending: Sending, settle: Callback, attempts: number): void {
    const server = this.server(sending.key);
    if (server === null) {
      process.nextTick(settle, noServers(), null);
      return;
    }
    sending.send(server.client, server.callOptions).then(
      (sent) => this.#onSent(sending, settle, sent),
      (error: unknown) => this.#onError(sending, settle, attempts, server, error),
    );
  }

  #onSent(sending: Sending, settle: Callback, sent: unknown): void {
    let results: readonly unknown[];
    try {
      results = resultsOf(sending, sent);
    } catch (error) {
      callBack(settle, error, [null]);
      return;
    }
    callBack(settle, null, results);
  }

  #onError(sending: Sending, settle: Callback, attempts: number, server: Server, error: unknown): void {
    const { row } = sending;
    const { failover, failoverTime, logger, retries, retry_delay: delay } = this.options;
    const refused = isRefused(error) ? (error as Error) : refusal(row.name, error);
    if (refused !== undefined) {
      logger.log(refused.message);
      callBack(settle, refused, [null, null]);
      return;
    }
    // What a serializer throws is no failure of the server: another attempt would throw it again.
    if (!(error instanceof MemcacheError)) {
      callBack(settle, error, [null]);
      return;
    }
    const isSafe = row.isRepeatable || (error as { sent?: boolean }).sent !== true;
    if (isSafe && attempts > 1) {
      setTimeout(() => this.#attempt(sending, settle, attempts - 1), 1000 * delay);
      return;
    }
    logger.log(`MemJS: Server <${server.name}> failed after (${retries}) retries with error - ${messageOf(error)}`);
    if (failover) server.wakeupAt = Date.now() + failoverTime * 1000;
    if (failover && isSafe) this.#attempt(sending, settle, retries);
    else callBack(settle, error, [null]);
  }
}

const ignore = (): void => {};
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** Whether a row has thrown a refusal of its own. */
const isRefused = (error: unknown): boolean => error instanceof Error && error.message.startsWith('MemJS ');

/** The arguments of a method by their meaning. */
interface Given {
  readonly key: string;
  readonly argument: unknown;
  readonly options: CommandOptions;
  /** Undefined: a promise is wanted. */
  readonly callback: unknown;
  /** Whether they have the order of memjs 0.8: `(key, value, callback, expires, initial)`. */
  readonly isOld: boolean;
}

function argumentsOf({ takes }: CommandRow, args: readonly unknown[]): Given {
  const key = String(args[0]);
  if (takes === 'nothing') return { key, argument: undefined, options: {}, callback: args[1], isOld: false };
  const [, argument, third, fourth, fifth] = args;
  if (takes === 'argument') return { key, argument, options: {}, callback: third, isOld: false };
  if (typeof third !== 'function') return { key, argument, options: third ?? {}, callback: fourth, isOld: false };
  const options = { expires: fourth as number | undefined, initial: fifth as number | undefined };
  return { key, argument, options, callback: third, isOld: true };
}

/** A call that is ready to be sent. */
interface Sending {
  readonly row: CommandRow;
  readonly key: string;
  readonly serializer: Serializer | undefined;
  readonly send: Send;
}

/** The results that the callback receives. Throws what the serializer throws. */
const resultsOf = ({ row, serializer }: Sending, sent: unknown): readonly unknown[] =>
  row.results === undefined ? (sent as readonly unknown[]) : row.results(sent, serializer);

/** The result of the promise; throws an Error. */
function promisedResult(sending: Sending, sent: unknown): unknown {
  try {
    return settled(resultsOf(sending, sent), sending.row.promise);
  } catch (error) {
    throw asError(error);
  }
}

const settled = (results: readonly unknown[], read: CommandRow['promise']): unknown =>
  read === undefined ? results[0] : read(results);

const noServers = (): Error => new Error('No servers available');

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('The call failed', { cause: error });

/** A promise of what the callback receives. */
function promised(call: (settle: Callback) => unknown, read?: CommandRow['promise']): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call((error, ...results) => {
      if (error === null || error === undefined) resolve(settled(results, read));
      else reject(asError(error));
    });
  });
}

const methods = Client.prototype as unknown as Record<string, (this: Client, ...args: unknown[]) => unknown>;
for (const [name, row] of Object.entries(commands))
  methods[name] = function command(...args) {
    return this.run(row, args);
  };
