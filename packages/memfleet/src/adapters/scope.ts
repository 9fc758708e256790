/**
 * Keys that are cleared together, without `flush`: each has the version of its scope, which is an item of its own.
 *
 *   version   prefix~v:users             AZ3kJx0m2c9QvW1e
 *   item      prefixAZ3kJx0m2c9QvW1e:7   what `users` has under `7`
 *
 * Clearing stores a new version: no call finds the old items, and they expire or are evicted. A version is made of
 * chance only, so that one that was evicted never returns. Each call reads the version; the calls of one turn of the
 * event loop share the read, since no reply comes within a turn. A call does not wait for it: the items of the version
 * that was seen last are requested in the same turn, and again only if the version has changed.
 *
 * A scope within scopes has the versions of all of them, so that it is cleared with each.
 */
import { createHash } from 'node:crypto';
import { systemRandomBytes } from '../base/chance.ts';
import { afterTurn } from '../base/real-time.ts';
import { rejected } from '../base/rejected.ts';
import { same } from '../base/same.ts';
import { getAs } from '../client/calls.ts';
import type { Client } from '../client/client.ts';
import { Items } from '../client/items.ts';
import { string } from '../client/transcoders.ts';
import { InvalidKeyError, MemcacheError, PartialResultError } from '../core/errors.ts';
import { KeySpace } from './key-space.ts';
import { wireKey } from './wire-key.ts';

/** Makes the key of an item. */
export type KeyOf = (key: string) => string;

/** A second home of a version would bring cleared items back when the first home returns. */
const atHome = { substitute: false } as const;

const newVersion = (): string => systemRandomBytes(12).toString('base64url');

/** A key has room for the versions of a few scopes, and for the hash of more. */
const shortened = (versions: string): string =>
  versions.length <= 64 ? versions : createHash('sha256').update(versions).digest('base64url');

/** The keys that a version gives. */
interface Keys {
  readonly version: string;
  readonly space: KeySpace;
  /** Those of keys that begin with the same part, by the part. */
  readonly parts: Record<string, KeySpace>;
  readonly keyOf: KeyOf;
}

/** A read of the version. */
class VersionRead {
  /** Undefined until the reply. */
  keys: Keys | undefined = undefined;
  readonly done: Promise<Keys>;

  constructor(look: (seen: (keys: Keys) => Keys) => Promise<Keys>) {
    this.done = look((keys) => (this.keys = keys));
  }
}

/** A set of keys that can be cleared. */
export class Scope<V = unknown> {
  readonly #client: Client<V>;
  readonly #versions: Client<string>;
  readonly #versionKeys: readonly string[];
  readonly #prefix: string;
  /** Those of the version that was seen last. */
  #seen: Keys | undefined;
  /** The read of this turn. */
  #reading: VersionRead | undefined;

  /** `client`: for `get`. `names`: the scope is the last; the others are those around it. */
  constructor(client: Client<V>, prefix: string, names: readonly string[] = ['']) {
    this.#client = client;
    this.#versions = client.with<string>({ transcoder: string, errors: 'throw', ttl: 0 });
    this.#prefix = prefix;
    const { maxKeyLength } = client.items.limits;
    this.#versionKeys = names.map((name) => wireKey(prefix, `~v:${name}`, maxKeyLength));
  }

  /** Runs a call with the keys of the scope; twice if the scope was cleared since the last call. */
  run<R>(attempt: (keyOf: KeyOf) => Promise<R>): Promise<R> {
    const seen = this.#seen;
    // Before the items, so that its reply comes first where one node has both.
    const read = (this.#reading ??= this.#read());
    if (seen === undefined) return read.done.then(({ keyOf }) => attempt(keyOf));
    return attemptWith(seen, attempt).then(
      (result) => {
        if (read.keys === seen) return result;
        return read.done.then((keys) => (keys === seen ? result : attempt(keys.keyOf)));
      },
      // It counts only if the version is still the same.
      (error: unknown) =>
        read.done.then((keys) => {
          if (keys === seen) throw error;
          return attempt(keys.keyOf);
        }),
    );
  }

  /**
   * A get by the keys of the scope, as `run`, with no promise beside the client's. `made` makes the result of the
   * value. `part`: what the key begins with, the same for many keys.
   */
  get<R>(key: string, made: (value: V | undefined) => R, part = ''): Promise<R> {
    const seen = this.#seen;
    const read = (this.#reading ??= this.#read());
    if (seen === undefined) return read.done.then((keys) => this.#getBy(keys, key, made, part));
    return this.#spaceOf(seen, part).run(
      getAs<V, R | undefined>(
        (value) => {
          if (read.keys === seen) return made(value);
          return read.done.then((keys) => (keys === seen ? made(value) : this.#getBy(keys, key, made, part)));
        },
        undefined,
        // It counts only if the version is still the same.
        (failure) =>
          read.done.then((keys) => {
            if (keys === seen) throw failure;
            return this.#getBy(keys, key, made, part);
          }),
      ),
      key,
      undefined,
    ) as Promise<R>;
  }

  /**
   * The values of keys in their order. What fails is missing, also where the node of the version fails: it is the
   * answer of a cache whose single reads are misses then.
   */
  async readMany<V>(
    keys: readonly string[],
    read: (wires: string[]) => Promise<Map<string, V>>,
  ): Promise<(V | undefined)[]> {
    try {
      return await this.run(async (keyOf) => {
        const wires = keys.map(keyOf);
        const found = await read(wires).catch(resultsOf<V>);
        return wires.map((wire) => found.get(wire));
      });
    } catch (error) {
      if (error instanceof MemcacheError && !(error instanceof InvalidKeyError)) return keys.map(() => undefined);
      throw error;
    }
  }

  /** Afterwards no call finds what was stored before, here or in scopes within. */
  async clear(): Promise<void> {
    this.#seen = undefined;
    this.#reading = undefined;
    await this.#versions.set(this.#versionKeys.at(-1) as string, newVersion(), atHome);
  }

  #getBy<R>(keys: Keys, key: string, made: (value: V | undefined) => R, part: string): Promise<R> {
    const shape = getAs<V, R | undefined>(made, undefined);
    return this.#spaceOf(keys, part).run(shape, key, undefined) as Promise<R>;
  }

  #spaceOf({ version, space, parts }: Keys, part: string): KeySpace {
    return part === '' ? space : (parts[part] ??= new KeySpace(this.#client, this.#prefixOf(version), part));
  }

  #prefixOf(version: string): string {
    return `${this.#prefix}${version}:`;
  }

  #read(): VersionRead {
    afterTurn(() => (this.#reading = undefined));
    const read = new VersionRead((seen) => this.#look((version) => seen(this.#keysOf(version))));
    // The calls that need it await it.
    read.done.catch(() => {});
    return read;
  }

  /** `seen` is called in the turn of the reply, so that the replies to the items find the keys. */
  #look(seen: (version: string) => Keys): Promise<Keys> {
    const [only] = this.#versionKeys;
    if (only === undefined || this.#versionKeys.length > 1)
      return Promise.all(this.#versionKeys.map((key) => this.#version(key, same))).then((all) =>
        seen(shortened(all.join('.'))),
      );
    return this.#version(only, seen);
  }

  #version<R>(key: string, seen: (version: string) => R): Promise<R> {
    const shape = getAs<string, R | undefined>(
      (version) => (version === undefined ? this.#make(key).then(seen) : seen(version)),
      undefined,
    );
    return Items.callerOf(this.#versions).run(shape, key, undefined, atHome, undefined) as Promise<R>;
  }

  async #make(key: string): Promise<string> {
    const made = newVersion();
    if (await this.#versions.add(key, made, atHome)) return made;
    return (await this.#versions.get(key, atHome)) ?? made;
  }

  #keysOf(version: string): Keys {
    if (version !== this.#seen?.version) {
      const space = new KeySpace(this.#client, this.#prefixOf(version));
      this.#seen = { version, space, parts: {}, keyOf: (key) => space.wire(key) };
    }
    return this.#seen;
  }
}

/** Makes the attempt; an error that it throws becomes a rejection. */
function attemptWith<R>({ keyOf }: Keys, attempt: (keyOf: KeyOf) => Promise<R>): Promise<R> {
  try {
    return attempt(keyOf);
  } catch (error) {
    return rejected(error);
  }
}

/** What the nodes that replied have. */
function resultsOf<V>(error: unknown): ReadonlyMap<string, V> {
  if (error instanceof PartialResultError) return error.results as ReadonlyMap<string, V>;
  throw error;
}
