/**
 * Keys that are cleared together, without `flush`: each has the version of its scope, which is an item of its own.
 *
 *   version   prefix~v:users             AZ3kJx0m2c9QvW1e
 *   item      prefixAZ3kJx0m2c9QvW1e:7   what `users` has under `7`
 *
 * Clearing stores a new version: no call finds the old items, and they expire or are evicted. A version is made of
 * chance only, so that one that was evicted never returns. Each call reads the version. It does not wait for it: the
 * items of the version that was seen last are requested in the same turn, and again only if the version has changed.
 */
import { randomBytes } from 'node:crypto';
import type { Client } from '../client/client.ts';
import { string } from '../client/transcoders.ts';
import { wireKey } from './wire-key.ts';

/** Makes the key of an item. */
export type KeyOf = (key: string) => string;

/** A second home of a version would bring cleared items back when the first home returns. */
const atHome = { substitute: false } as const;

const newVersion = (): string => randomBytes(12).toString('base64url');

/** A set of keys that can be cleared. */
export class Scope {
  readonly #versions: Client<string>;
  readonly #versionKey: string;
  readonly #prefix: string;
  readonly #room: number;
  #seen: string | undefined;

  constructor(client: Client<never>, prefix: string, name = '') {
    this.#versions = client.with<string>({ transcoder: string, errors: 'throw', ttl: 0 });
    this.#prefix = prefix;
    this.#room = client.items.limits.maxKeyLength;
    this.#versionKey = wireKey(prefix, `~v:${name}`, this.#room);
  }

  /** Runs a call with the keys of the scope; twice if the scope was cleared since the last call. */
  async run<R>(attempt: (keyOf: KeyOf) => Promise<R>): Promise<R> {
    const seen = this.#seen;
    if (seen === undefined) return attempt(this.#keysOf(await this.#version()));
    const guess = attempt(this.#keysOf(seen));
    // It is awaited only if the version is still the same.
    guess.catch(() => {});
    const version = await this.#version();
    return version === seen ? guess : attempt(this.#keysOf(version));
  }

  /** Afterwards no call finds what was stored before. */
  async clear(): Promise<void> {
    const version = newVersion();
    await this.#versions.set(this.#versionKey, version, atHome);
    this.#seen = version;
  }

  async #version(): Promise<string> {
    const version = (await this.#versions.get(this.#versionKey, atHome)) ?? (await this.#make());
    this.#seen = version;
    return version;
  }

  async #make(): Promise<string> {
    const version = newVersion();
    if (await this.#versions.add(this.#versionKey, version, atHome)) return version;
    return (await this.#versions.get(this.#versionKey, atHome)) ?? version;
  }

  #keysOf(version: string): KeyOf {
    return (key) => wireKey(`${this.#prefix}${version}:`, key, this.#room);
  }
}
