/**
 * The keys of users → the keys of the client.
 *
 *   item                    keyFunction(scope + key, prefix, version)         :1:user:7
 *   … in a namespace        the scope is `name@stamp:`                        :1:shop@AZ3k…:user:7
 *   version of a namespace  keyFunction(scope + '~n:' + name, …)              :1:~n:shop
 *   version of a tag        keyFunction('~t:' + tag, …)                       :1:~t:red
 *   lock, chunk             item + '~l', item + '~' + id + '~' + index        :1:user:7~l
 *   hashed                  keyFunction('#' + base64url(SHA-256), …)          :1:#2jmj7l5rSw0yVb…
 *
 * Hashed are: keys that are too long, or have blanks or control bytes (a key must not depend on the protocol that its
 * node speaks), and keys of users that look like one of the keys of the cache itself. What is hashed begins with a
 * letter for the kind of key, so that no two kinds share a hash.
 */
import { createHash } from 'node:crypto';
import { InvalidArgumentError, InvalidKeyError, InvalidOptionError } from '../core/errors.ts';
import { maxKeyLength } from '../protocol/key.ts';

/** How a key, the prefix and the version become one key. */
export type KeyFunction = (key: string, prefix: string, version: number) => string;

/** What the keys of a cache are made of. */
export interface KeySettings {
  /** Prepended to every key. @default '' */
  readonly prefix?: string | undefined;
  /** The version of the values. @default 1 */
  readonly version?: number | undefined;
  /** Makes the key of an item. @default Django's: `prefix:version:key` */
  readonly keyFunction?: KeyFunction | undefined;
  /** The bytes that a key may have: 250 without those of the client's prefix. @default 250 */
  readonly room?: number | undefined;
}

/** As Django makes its keys by default. */
const djangoKey: KeyFunction = (key, prefix, version) => `${prefix}:${version}:${key}`;

/** Visible ASCII without the three characters that the keys of the cache itself are made with. */
const simple = /^[\x21\x22\x24-\x3f\x41-\x7d]*$/;
const blank = /[\0-\x20\x7f]/;
const half = /[\ud800-\udfff]/u;
/** How the keys of the cache itself begin behind a scope: versions, hashes, namespaces. */
const ownBegin = /^(?:~[nt]:|#[\w-]{43}$|[^:@~]{1,64}@[\w-]{16}:)/;
/** How locks and chunks end. */
const ownEnd = /~(?:l|[\w-]{16}~\d+)$/;
/** A name of a namespace or tag. */
const nameShape = /^[^:@~\p{Cc}]+$/u;
/** The longest name of a namespace or tag, in bytes. */
export const maxNameLength = 64;

const hashOf = (text: string): string => `#${createHash('sha256').update(text).digest('base64url')}`;

/** Makes the keys of a cache, or of a namespace within it. */
export class KeyMaker {
  readonly #prefix: string;
  readonly #version: number;
  readonly #keyFunction: KeyFunction;
  readonly #room: number;
  readonly #scope: string;
  /** What stands before a simple key; undefined with a key function of the user's. */
  readonly #head: string | undefined;
  /** How many characters a simple key may have behind the head. */
  readonly #simpleRoom: number;

  /** Throws InvalidOptionError when the prefix or the key function makes keys that no node takes. */
  constructor(settings: KeySettings = {}, scope = '') {
    this.#prefix = settings.prefix ?? '';
    this.#version = settings.version ?? 1;
    this.#keyFunction = settings.keyFunction ?? djangoKey;
    this.#room = settings.room ?? maxKeyLength;
    this.#scope = scope;
    const head = `${this.#prefix}:${this.#version}:${scope}`;
    const isSimple = settings.keyFunction === undefined && simple.test(head.replaceAll(/[#@~]/g, ''));
    this.#head = isSimple ? head : undefined;
    this.#simpleRoom = isSimple ? this.#room - head.length : -1;
    if (scope === '') this.#checkSettings(settings.keyFunction === undefined ? 'keyPrefix' : 'keyFunction');
  }

  /** The key of an item. Throws InvalidKeyError for what is no text, or has no UTF-8. */
  item(key: string): string {
    if (typeof key === 'string' && key.length <= this.#simpleRoom && simple.test(key)) return this.#head + key;
    checkText(key);
    return this.#make(key, this.#scope, 'i', ownBegin.test(key));
  }

  /** The key of the lease beside an item. `item`: as `item()` gives it. */
  lock(item: string): string {
    return this.#beside(item, '~l');
  }

  /** The key of a chunk of an item. `id`: the stamp of the value; `index`: its number, from 0. */
  chunk(item: string, id: string, index: number): string {
    return this.#beside(item, `~${id}~${index}`);
  }

  /** The key of the version of a namespace within this one. */
  namespaceVersion(name: string): string {
    return this.#make(`~n:${name}`, this.#scope, 'n', false);
  }

  /** The key of the version of a tag. Tags are those of the whole cache, also within namespaces. */
  tagVersion(tag: string): string {
    return this.#make(`~t:${tag}`, '', 't', false);
  }

  /** The keys of a namespace within this one. `stamp`: its version. */
  within(name: string, stamp: string): KeyMaker {
    return new KeyMaker(this.#settings(), `${this.#scope}${name}@${stamp}:`);
  }

  /** The version of the values. */
  get version(): number {
    return this.#version;
  }

  /** The same with another version of the values. */
  withVersion(version: number): KeyMaker {
    return new KeyMaker({ ...this.#settings(), version }, this.#scope);
  }

  #settings(): KeySettings {
    const keyFunction = this.#keyFunction === djangoKey ? undefined : this.#keyFunction;
    return { prefix: this.#prefix, version: this.#version, room: this.#room, keyFunction };
  }

  #make(key: string, scope: string, kind: string, looksOwn: boolean): string {
    const made = this.#call(scope + key);
    if (!looksOwn && this.#fits(made) && !ownEnd.test(made)) return made;
    return this.#hashed(`${kind}${scope}\n${key}`);
  }

  #beside(item: string, end: string): string {
    return this.#fits(item + end) ? item + end : this.#hashed(`b${item}${end}`);
  }

  #hashed(text: string): string {
    const made = this.#call(hashOf(text));
    if (this.#fits(made) && !ownEnd.test(made)) return made;
    throw new InvalidKeyError(`the key function makes no usable key of a hash: ${JSON.stringify(made.slice(0, 80))}`);
  }

  #call(key: string): string {
    const made: unknown = this.#keyFunction(key, this.#prefix, this.#version);
    if (typeof made !== 'string') throw new InvalidKeyError(`the key function gives ${typeof made}, not a text`);
    return made;
  }

  #fits(key: string): boolean {
    return key !== '' && Buffer.byteLength(key) <= this.#room && !blank.test(key) && !half.test(key);
  }

  #checkSettings(option: string): void {
    const made = this.#call(hashOf(''));
    if (this.#fits(made) && !ownEnd.test(made)) return;
    const words = `of at most ${this.#room} bytes without blanks, which does not end like a lock or a chunk`;
    throw new InvalidOptionError(`option "${option}" must leave a key ${words}, not ${JSON.stringify(made)}`, option);
  }
}

function checkText(key: unknown): void {
  if (typeof key !== 'string') throw new InvalidKeyError(`a key must be a string, not ${typeof key}`);
  if (half.test(key))
    throw new InvalidKeyError(`key ${JSON.stringify(key)} has half of a surrogate pair, which UTF-8 cannot encode`);
}

/** A name of a namespace or tag. Throws InvalidArgumentError. */
export function checkName(what: 'namespace' | 'tag', name: unknown): string {
  const fits = typeof name === 'string' && nameShape.test(name) && !half.test(name);
  if (fits && Buffer.byteLength(name) <= maxNameLength) return name;
  const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name;
  throw new InvalidArgumentError(
    `a ${what} must be a text of 1 to ${maxNameLength} bytes without ":", "@", "~" and control characters, not ${shown}`,
  );
}
