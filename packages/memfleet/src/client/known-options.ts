/**
 * The options that each kind of call knows, and what the words of other clients are called here. An option that is
 * unknown is refused: in silence, `{ EX: 60 }` would store an item that never expires.
 */
import { InvalidArgumentError } from '../core/errors.ts';
import { suggestion } from '../core/suggestion.ts';
import type { CallOptions, CounterOptions, DeleteOptions, GetOrSetOptions, StoreOptions } from './call-options.ts';

/** The options of one kind of call. */
export interface KnownOptions {
  readonly names: Readonly<Record<string, true>>;
  /** A number stands for `{ ttl }`. */
  readonly takesTtl: boolean;
}

/** An option that the interface has and the names have not, or the reverse, does not compile. */
type NamesOf<Options> = { readonly [Name in keyof Options]-?: true };

const ofCalls: NamesOf<CallOptions> = { timeout: true, signal: true };
const ofStores: NamesOf<StoreOptions> = { ...ofCalls, ttl: true };
const ofCounters: NamesOf<CounterOptions> = { ...ofStores, initial: true };
const ofDeletes: NamesOf<DeleteOptions> = { ...ofCalls, cas: true };
const ofGetOrSet: NamesOf<GetOrSetOptions> = { ...ofStores, refresh: true };

/** Of calls that only read, and of calls to every node. */
export const callOptions: KnownOptions = { names: ofCalls, takesTtl: false };
/** Of calls that store a value with a ttl. */
export const storeOptions: KnownOptions = { names: ofStores, takesTtl: true };
export const counterOptions: KnownOptions = { names: ofCounters, takesTtl: false };
export const deleteOptions: KnownOptions = { names: ofDeletes, takesTtl: false };
export const getOrSetOptions: KnownOptions = { names: ofGetOrSet, takesTtl: true };

/** Words of memjs, memcached, redis, ioredis, node-cache, keyv and their like, in lower case → the option here. */
const otherWords: Readonly<Record<string, string>> = {
  ...toOption('ttl', 'ex', 'exp', 'expire', 'expires', 'expiry', 'expiration', 'expiresin', 'exptime', 'lifetime'),
  ...toOption('ttl', 'px', 'maxage', 'ttlms', 'ttlseconds', 'seconds', 'sec', 'time', 'timetolive', 'expireafter'),
  ...toOption('timeout', 'deadline', 'timeoutms', 'commandtimeout', 'ms'),
  ...toOption('signal', 'abort', 'abortsignal', 'controller'),
  ...toOption('initial', 'init', 'default', 'initialvalue', 'start'),
  ...toOption('refresh', 'force', 'forcerefresh', 'fresh', 'reload'),
};

/** Words that are no option here, but a method or nothing. */
const advice: Readonly<Record<string, string>> = {
  nx: 'use add(), which stores only if the key is not there',
  xx: 'use replace(), which stores only if the key is there',
  cas: 'use cas(key, value, token)',
  exat: 'use { ttl }, in seconds from now',
  pxat: 'use { ttl }, in seconds from now',
  keepttl: 'use append() or prepend(), which keep the ttl; a store sets it',
  flags: 'the transcoder gives the flags',
};

const inMilliseconds = new Set(['px', 'maxage', 'ttlms', 'ms']);

function toOption(name: string, ...words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word, name]));
}

/** `; use { ttl: 60 }`: what a word that no option has was meant to say; '' = nobody knows. */
export function meaningOf(word: string, value: unknown, { names }: KnownOptions): string {
  const plain = word.toLowerCase().replaceAll(/[-_]/g, '');
  const name = Object.hasOwn(names, plain) ? plain : Object.hasOwn(otherWords, plain) ? otherWords[plain] : undefined;
  if (name !== undefined && Object.hasOwn(names, name)) {
    const isTtlInMs = name === 'ttl' && inMilliseconds.has(plain);
    const amount = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof amount !== 'number') return `; use { ${name} }${isTtlInMs ? ', in seconds' : ''}`;
    return `; use { ${name}: ${isTtlInMs ? amount / 1000 : amount} }${isTtlInMs ? ', in seconds' : ''}`;
  }
  return Object.hasOwn(advice, plain) ? `; ${advice[plain]}` : '';
}

/** Throws for an option of a call that no call of its kind has. */
export function refuseUnknown(name: string, value: unknown, options: KnownOptions): never {
  const words = meaningOf(name, value, options) || suggestion(name, Object.keys(options.names));
  throw new InvalidArgumentError(`unknown option ${JSON.stringify(name)} of a call${words}`);
}
