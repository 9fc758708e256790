/** `memfleet/adapters/bentocache`: a second layer for Bentocache, and so for `@adonisjs/cache`. */
import { same } from '../base/same.ts';
import type { Client } from '../client/client.ts';
import { secondsOf } from './milliseconds.ts';
import { Scope } from './scope.ts';

/** Options of the driver. */
export interface BentocacheDriverOptions {
  /** The client; `disconnect` leaves it open. */
  readonly client: Client<never>;
  /** Prepended to every key. @default that of Bentocache: `bentocache` */
  readonly prefix?: string | undefined;
}

/** What `bentostore().useL2Layer` takes. */
export interface BentocacheLayer {
  /** The options as they were given. */
  readonly options: BentocacheDriverOptions;
  /** Makes the driver. */
  factory(config: { readonly prefix?: string | undefined }): BentocacheDriver;
}

/** A layer for `bentostore().useL2Layer(memfleetDriver({ client }))`. */
export function memfleetDriver(options: BentocacheDriverOptions): BentocacheLayer {
  return {
    options,
    factory: (config) => new BentocacheDriver({ ...options, prefix: config.prefix ?? options.prefix }),
  };
}

/** What the namespaces of one driver share: the paths of those that were made. */
type Paths = Set<string>;

/** Names that are made of ids would fill the memory; what is beyond is reached by its namespace only. */
const mostPaths = 10_000;

/** The driver, or a namespace within it. */
export class BentocacheDriver {
  /** It is a second layer. */
  readonly type = 'l2';
  readonly #client: Client<never>;
  readonly #texts: Client<string>;
  readonly #prefix: string;
  readonly #path: string;
  readonly #paths: Paths;
  readonly #scopes = new Map<string, Scope<string>>();

  /** @internal Use `memfleetDriver`. */
  constructor({ client, prefix = '' }: BentocacheDriverOptions, path = '', paths: Paths = new Set()) {
    this.#client = client;
    this.#texts = client.with<string>({ errors: 'throw' });
    this.#prefix = prefix.replace(/:+$/, '');
    this.#path = path;
    this.#paths = paths;
    if (path !== '' && paths.size < mostPaths) paths.add(path);
  }

  /** A namespace. It is cleared alone, and with those around it. */
  namespace(name: string): BentocacheDriver {
    return new BentocacheDriver({ client: this.#client, prefix: this.#prefix }, this.#pathOf(name), this.#paths);
  }

  /** The value, or undefined. */
  get(key: string): Promise<string | undefined> {
    const { scope, name } = this.#place(key);
    return scope.get(name, same);
  }

  /** The value, which is deleted. Another process may read it in between. */
  async pull(key: string): Promise<string | undefined> {
    const value = await this.get(key);
    if (value !== undefined) await this.delete(key);
    return value;
  }

  /** Stores the value for `ttl` milliseconds, rounded up to seconds; undefined: for ever. */
  async set(key: string, value: string, ttl?: number): Promise<boolean> {
    const { scope, name } = this.#place(key);
    const seconds = secondsOf(ttl ?? Infinity);
    return scope.run((keyOf) =>
      seconds === -1 ? this.#texts.delete(keyOf(name)) : this.#texts.set(keyOf(name), value, { ttl: seconds }),
    );
  }

  /** Deletes the value; says whether there was one. */
  async delete(key: string): Promise<boolean> {
    const { scope, name } = this.#place(key);
    return scope.run((keyOf) => this.#texts.delete(keyOf(name)));
  }

  /** Deletes all keys in one write to each node. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    const names = new Map<Scope<string>, string[]>();
    for (const key of keys) {
      const { scope, name } = this.#place(key);
      names.set(scope, [...(names.get(scope) ?? []), name]);
    }
    await Promise.all([...names].map(([scope, all]) => scope.run((keyOf) => this.#texts.deleteMany(all.map(keyOf)))));
    return true;
  }

  /** Clears the namespace and those within it, or all of them; nothing else. */
  async clear(): Promise<void> {
    await this.#scope(this.#path).clear();
  }

  /** Leaves the client open. */
  async disconnect(): Promise<void> {}

  #pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}:${key}`;
  }

  /** The namespace of a key, which a key with the names before it reaches from outside: `users:posts:1`. */
  #place(key: string): { readonly scope: Scope<string>; readonly name: string } {
    // Without namespaces there is no other scope.
    if (this.#paths.size === 0) return { scope: this.#scope(''), name: key };
    const full = this.#pathOf(key);
    let end = full.lastIndexOf(':');
    while (end > this.#path.length && !this.#paths.has(full.slice(0, end))) end = full.lastIndexOf(':', end - 1);
    const path = end > this.#path.length ? full.slice(0, end) : this.#path;
    return { scope: this.#scope(path), name: path === '' ? full : full.slice(path.length + 1) };
  }

  #scope(path: string): Scope<string> {
    const known = this.#scopes.get(path);
    if (known !== undefined) return known;
    const parts = path === '' ? [] : path.split(':');
    const names = ['', ...parts.map((_, at) => parts.slice(0, at + 1).join(':'))];
    const scope = new Scope(this.#texts, this.#prefix === '' ? '' : `${this.#prefix}:`, names);
    this.#scopes.set(path, scope);
    return scope;
  }
}
