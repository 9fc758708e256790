/**
 * The client of npm `memcached` 2.2 on memfleet.
 *
 *   get(key, callback) ─ row of commands.ts ─▶ Query ─ checks ─▶ ring ─▶ Server ─▶ client of memfleet
 *                                       callback ◀─ error or result ◀─ promise
 */
import { hash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { isNodeFailure, PartialResultError, QueueFullError, ServerError } from 'memfleet';
import { cachedump } from './cachedump.ts';
import { type CommandRow, commands } from './commands.ts';
import { errorFor, notStored } from './errors.ts';
import { type IssueDetails, type IssueEvent, IssueLog } from './issue-log.ts';
import { defaults, type MemcachedOptions } from './options.ts';
import { type Callback, Query } from './query.ts';
import { put } from './results.ts';
import { HashRing, tokensOf } from './ring.ts';
import { Server } from './server.ts';
import { everyServer, type EveryServerRow } from './statistics.ts';
import { encodeValue } from './values.ts';

/** A server, a list of servers, or servers with their weights. */
export type Location = string | readonly string[] | Readonly<Record<string, number>>;

/** `host` → `host:11211`. */
const withPort = (server: string): string =>
  server.startsWith('/') || /:\d+$/.test(server) ? server : `${server}:11211`;

function weightsOf(location: Location | undefined): Map<string, number> {
  if (typeof location === 'object' && !Array.isArray(location))
    return new Map(Object.entries(location).map(([server, weight]) => [withPort(server), Number(weight) || 1]));
  const servers = typeof location === 'string' ? [location] : ((location as readonly string[] | undefined) ?? []);
  return new Map((servers.length === 0 ? ['localhost:11211'] : servers).map((server) => [withPort(server), 1]));
}

/** Options that are undefined are not given. */
const definedIn = (options: Partial<MemcachedOptions> = {}): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** Throws what a callback has thrown where the process sees it, as the original does. */
function rethrow(thrown: unknown): void {
  process.nextTick(() => {
    throw thrown;
  });
}

/** The keys of a `getMulti` that one server has. */
interface Group {
  /** As they are sent. */
  readonly wires: string[];
  /** Those that are sent otherwise than they were given: sent → given. */
  readonly names: Map<string, string>;
}

/** The settings of a client are its fields, as in the original. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the constructor assigns them all
export interface Memcached extends MemcachedOptions {}

/** The client. Its methods on keys and on every server are in the tables of commands.ts and statistics.ts. */
// oxlint-disable-next-line memfleet/shape -- the original is an EventEmitter
export class Memcached extends EventEmitter {
  /** The defaults of all clients. */
  static config: MemcachedOptions = { ...defaults };

  readonly servers: string[];
  readonly HashRing: HashRing;
  /** By the name of the server: those that have been used. */
  readonly connections: Record<string, Server> = {};
  /** By the name of the server: those that have failed. */
  readonly issues: Record<string, IssueLog> = {};
  #hasIssues = false;

  constructor(location?: Location, options?: Partial<MemcachedOptions>) {
    super();
    Object.assign(this, Memcached.config, definedIn(options));
    if (this.algorithm !== 'md5' || this.compatibility !== 'ketama')
      throw new Error('No other ring than algorithm "md5" with compatibility "ketama" is known here');
    const weights = weightsOf(location);
    if (weights.size === 0) throw new Error('No servers where supplied in the arguments');
    this.servers = [...weights.keys()];
    this.HashRing = new HashRing(weights);
  }

  /** Values by key. Keys without an item are not in it. */
  getMulti(keys: readonly string[], callback?: Callback): Promise<unknown> | undefined {
    if (typeof callback !== 'function') return promised((settle) => this.getMulti(keys, settle));
    if (!Array.isArray(keys)) return this.#refuse(callback, 'Argument "key" is not a valid Array.');
    const groups = new Map<string, Group>();
    for (const key of keys as readonly string[]) {
      const full = this.namespace + key;
      const wire = this.#wireKey(full);
      if (wire instanceof Error) return this.#refuse(callback, wire.message);
      const server = this.#serverOf(full);
      let group = groups.get(server);
      if (group === undefined) groups.set(server, (group = { wires: [], names: new Map() }));
      group.wires.push(wire);
      if (wire !== key) group.names.set(wire, key);
    }
    const results: Record<string, unknown> = {};
    const errors: unknown[] = [];
    const reads = Array.from(groups, async ([server, { wires, names }]) => {
      const take = (values: ReadonlyMap<string, unknown>): void => {
        for (const [wire, value] of values) put(results, names.size === 0 ? wire : (names.get(wire) ?? wire), value);
      };
      try {
        take(await this.#onServer(server, (client) => client.getMany(wires), true));
      } catch (error) {
        if (error instanceof PartialResultError) take(error.results);
        errors.push(this.#failed(server, error));
      }
    });
    void Promise.all(reads)
      .then(() => callback(errors.length > 0 ? errors : undefined, results))
      .catch(rethrow);
    return undefined;
  }

  /** The items of a slab, as `stats cachedump` lists them. */
  cachedump(server: string, slab: number, count: number, callback: Callback): void {
    cachedump(tokensOf(withPort(server)), slab, count, this.timeout)
      .then(
        (items) => callback(undefined, items),
        (error: unknown) => callback(error),
      )
      .catch(rethrow);
  }

  /** Calls back once for each server with those of the keys that it has; without keys, for every server. */
  multi(
    keys: readonly string[] | false | undefined,
    callback: (server: string, keys: string[] | undefined, index: number, total: number) => void,
  ): void {
    const groups = new Map<string, string[] | undefined>(keys ? [] : this.servers.map((server) => [server, undefined]));
    for (const key of keys || []) {
      const server = this.#serverOf(key);
      groups.set(server, [...(groups.get(server) ?? []), key]);
    }
    for (const [index, [server, group]] of [...groups].entries())
      callback.call(this, server, group, index, groups.size);
  }

  /** Counts a failure of a server. */
  connectionIssue(error: unknown, connection: { readonly serverAddress: string }): void {
    this.#issuesOf(withPort(connection.serverAddress)).log(String(error));
  }

  /** Closes all connections after the commands in flight. */
  end(): void {
    for (const server of Object.values(this.connections)) server.end();
  }

  /** @internal A command on one key. */
  run(row: CommandRow, args: readonly unknown[]): Promise<unknown> | undefined {
    const callback = args[row.fields.length + 1];
    if (typeof callback !== 'function')
      return promised((settle) => this.run(row, [...args.slice(0, row.fields.length + 1), settle]));
    const query = new Query(row.type, String(args[0]), this.namespace, callback as Callback);
    this.activeQueries++;
    if (this.maxQueueSize > 0 && this.activeQueries > this.maxQueueSize)
      return this.#settle(query, 'over queue limit', null);
    const unfit = row.stores === true ? this.#encode(query, args[1]) : undefined;
    if (unfit !== undefined) return this.#settle(query, unfit, false);
    const wire = this.#prepare(row, query, args);
    if (wire instanceof Error) return this.#settle(query, wire);
    const server = this.#serverOf(query.key);
    if (this.#isOut(server)) return this.#settle(query, unavailable(server));
    let sent: Promise<unknown>;
    try {
      sent = row.send(this.#server(server).client, wire, query);
    } catch (error) {
      return this.#settle(query, error, false);
    }
    sent.then(
      (result) => this.#onResult(row, query, server, result),
      (error: unknown) => {
        const shown = this.#failed(server, error);
        this.#settleLater(query, shown, error instanceof ServerError ? false : undefined);
      },
    );
    return undefined;
  }

  /** @internal A command to every server. */
  runOnAll(row: EveryServerRow, callback?: Callback): Promise<unknown> | undefined {
    if (typeof callback !== 'function') return promised((settle) => this.runOnAll(row, settle));
    let last: unknown;
    const calls = this.servers.map((server) =>
      this.#onServer(server, (client) => row.send(client, server)).catch((error: unknown) => {
        last = error;
      }),
    );
    void Promise.all(calls)
      .then((results) =>
        callback(
          last,
          results.filter((result) => result !== undefined),
        ),
      )
      .catch(rethrow);
    return undefined;
  }

  /** Gives the query its arguments. Returns the key as it is sent, or why the command cannot be sent. */
  #prepare(row: CommandRow, query: Query, args: readonly unknown[]): string | Error {
    const { fields } = row;
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at]!;
      const given = args[at + 1];
      if (typeof given !== 'number' && (field === 'lifetime' || (field === 'value' && row.stores !== true)))
        return new Error(`Argument "${field}" is not a valid Number.`);
      query[field] = given as undefined;
    }
    return this.#wireKey(query.key);
  }

  /** Encodes the value. Returns why it cannot be stored. */
  #encode(query: Query, value: unknown): Error | undefined {
    try {
      query.encoded = encodeValue(value, this.escapeLineEnds);
    } catch (error) {
      return error as Error;
    }
    if (query.encoded.data.length <= this.maxValue) return undefined;
    return new Error(`The length of the value is greater than ${this.maxValue}`);
  }

  #wireKey(key: string): string | Error {
    // A character has one to three bytes.
    const isLong =
      key.length > this.maxKeySize || (key.length * 3 > this.maxKeySize && Buffer.byteLength(key) > this.maxKeySize);
    if (isLong && this.keyCompression) return hash('md5', key);
    if (isLong) return new Error(`Argument "key" is longer than the maximum allowed length of ${this.maxKeySize}`);
    return /\s/.test(key) ? new Error('The key should not contain any whitespace or new lines') : key;
  }

  #serverOf(key: string): string {
    return this.HashRing.get(key) ?? this.servers[0] ?? '';
  }

  #isOut(server: string): boolean {
    return this.#hasIssues && this.issues[server]?.failed === true;
  }

  #server(name: string): Server {
    return (this.connections[name] ??= new Server(name, this, (error) => this.#issuesOf(name).log(String(error))));
  }

  /** Runs a call on one server; the promise rejects with the error of the callback, unless it is to be `raw`. */
  async #onServer<T>(server: string, call: (client: Server['client']) => Promise<T>, isRaw = false): Promise<T> {
    if (this.#isOut(server)) throw unavailable(server);
    try {
      const result = await call(this.#server(server).client);
      if (this.#hasIssues) this.issues[server]?.succeeded();
      return result;
    } catch (error) {
      throw isRaw ? error : this.#failed(server, error);
    }
  }

  #onResult(row: CommandRow, query: Query, server: string, result: unknown): void {
    if (this.#hasIssues) this.issues[server]?.succeeded();
    if (result === false && row.mustStore === true) this.#settleLater(query, notStored(), false);
    else this.#settleLater(query, undefined, result);
  }

  /** Counts the failure of a server. Returns the error that the callback receives. */
  #failed(server: string, error: unknown): unknown {
    const isConnected = (this.connections[server]?.pool.length ?? 0) > 0;
    const shown = errorFor(error, isConnected);
    if (isNodeFailure(error) && !(error instanceof QueueFullError) && !(error instanceof ServerError))
      this.#issuesOf(server).log(shown instanceof Error ? shown.message : String(shown));
    return shown;
  }

  #issuesOf(server: string): IssueLog {
    this.#hasIssues = true;
    const { reconnect, failures, failuresTimeout, retry, remove } = this;
    const config = { server, tokens: tokensOf(server), reconnect, failures, failuresTimeout, retry, remove };
    return (this.issues[server] ??= new IssueLog(config, (event, details) => this.#onIssue(event, details)));
  }

  #onIssue(event: IssueEvent, details: IssueDetails): void {
    this.#announce(event, details);
    if (event !== 'remove') return;
    this.connections[details.server]?.end();
    const substitute = this.failOverServers?.shift();
    if (substitute !== undefined) {
      this.HashRing.swap(details.server, withPort(substitute));
      return;
    }
    this.HashRing.remove(details.server);
    this.#announce('failure', details);
  }

  /** What a listener throws does not keep the callback of the command from being called. */
  #announce(event: IssueEvent, details: IssueDetails): void {
    try {
      this.emit(event, details);
    } catch (thrown) {
      rethrow(thrown);
    }
  }

  #refuse(callback: Callback, message: string): undefined {
    callback(new Error(message));
  }

  #settle(query: Query, error: unknown, ...results: readonly unknown[]): undefined {
    this.activeQueries--;
    query.callback?.call(query, error, ...(results as [unknown]));
  }

  #settleLater(query: Query, error: unknown, result: unknown): void {
    this.activeQueries--;
    query.execution = Date.now() - query.start;
    try {
      query.callback?.call(query, error, result);
    } catch (thrown) {
      rethrow(thrown);
    }
  }
}

const unavailable = (server: string): Error => new Error(`Server at ${server} not available`);

/** Without a callback, a method returns a promise; nobody needs to look at it. */
function promised(call: (settle: Callback) => unknown): Promise<unknown> {
  const promise = new Promise<unknown>((resolve, reject) => {
    call((error, result) => {
      if (error === undefined || error === null) resolve(result);
      else reject(error instanceof Error ? error : new Error(typeof error === 'string' ? error : 'The command failed'));
    });
  });
  promise.catch(() => {});
  return promise;
}

const methods = Memcached.prototype as unknown as Record<string, (this: Memcached, ...args: unknown[]) => unknown>;
for (const [name, row] of Object.entries(commands))
  methods[name] = function command(...args) {
    return this.run(row, args);
  };
const getOne = commands['get']!;
methods['get'] = function get(key, callback) {
  return Array.isArray(key) ? this.getMulti(key as string[], callback as Callback) : this.run(getOne, [key, callback]);
};
for (const [name, row] of Object.entries(everyServer))
  methods[name] = function command(callback) {
    return this.runOnAll(row, callback as Callback | undefined);
  };
