/**
 * The options of each kind of call, and the names that other clients use for them. An unknown option is refused:
 * ignored, `{ EX: 60 }` would store an item that never expires.
 */
import { InvalidArgumentError } from '../core/errors.ts';
import { suggestion } from '../core/suggestion.ts';
import type {
  KeyOptions,
  CallOptions,
  CounterOptions,
  DeleteOptions,
  GetManyOptions,
  GetOrSetOptions,
  InvalidateOptions,
  ItemReadOptions,
  ItemStoreOptions,
  MutateInOptions,
  NodeCallOptions,
  ScanOptions,
  StoreOptions,
  WriteOptions,
} from './call-options.ts';

/** The options of one kind of call. */
export interface KnownOptions {
  readonly names: Readonly<Record<string, true>>;
  /** Whether a number stands for `{ ttl }`. */
  readonly takesTtl: boolean;
}

/** An option that is missing in the interface or in the names does not compile. */
type NamesOf<Options> = { readonly [Name in keyof Options]-?: true };

const ofNodeCalls: NamesOf<NodeCallOptions> = { timeout: true, signal: true };
const ofKeys: NamesOf<KeyOptions> = { routingKey: true, substitute: true };
const ofCalls: NamesOf<CallOptions> = { ...ofNodeCalls, ...ofKeys };
const ofWrites: NamesOf<WriteOptions> = { ...ofCalls, durability: true };
const ofStores: NamesOf<StoreOptions> = { ...ofWrites, ttl: true, preserveExpiry: true };
const ofCounters: NamesOf<CounterOptions> = { ...ofWrites, ttl: true, initial: true };
const ofDeletes: NamesOf<DeleteOptions> = { ...ofWrites, cas: true };
const ofGetMany: NamesOf<GetManyOptions> = { ...ofCalls, as: true };
const ofGetOrSet: NamesOf<GetOrSetOptions> = { ...ofCalls, ttl: true, refresh: true };
const ofScans: NamesOf<ScanOptions> = {
  ...ofNodeCalls,
  prefix: true,
  from: true,
  after: true,
  to: true,
  before: true,
  keysOnly: true,
  batchItems: true,
  batchBytes: true,
  concurrency: true,
};
const ofItemReads: NamesOf<ItemReadOptions> = {
  ...ofCalls,
  lease: true,
  ifChanged: true,
  withoutValue: true,
  touch: true,
};
const ofItemStores: NamesOf<ItemStoreOptions> = { ...ofStores, cas: true, mode: true };
const ofMutateIn: NamesOf<MutateInOptions> = { ...ofWrites, cas: true, mode: true, createPath: true, ttl: true };
const ofInvalidate: NamesOf<InvalidateOptions> = { ...ofCalls, cas: true, ttl: true };

/** For calls to every node. */
export const nodeCallOptions: KnownOptions = { names: ofNodeCalls, takesTtl: false };
/** For questions about the node of a key. */
export const keyOptions: KnownOptions = { names: ofKeys, takesTtl: false };
/** For calls that only read. */
export const callOptions: KnownOptions = { names: ofCalls, takesTtl: false };
/** For calls that change an item and store no value with a ttl. */
export const writeOptions: KnownOptions = { names: ofWrites, takesTtl: false };
/** For calls that store a value with a ttl. */
export const storeOptions: KnownOptions = { names: ofStores, takesTtl: true };
export const counterOptions: KnownOptions = { names: ofCounters, takesTtl: false };
export const deleteOptions: KnownOptions = { names: ofDeletes, takesTtl: false };
export const getManyOptions: KnownOptions = { names: ofGetMany, takesTtl: false };
export const getOrSetOptions: KnownOptions = { names: ofGetOrSet, takesTtl: true };
export const scanOptions: KnownOptions = { names: ofScans, takesTtl: false };
export const itemReadOptions: KnownOptions = { names: ofItemReads, takesTtl: false };
export const itemStoreOptions: KnownOptions = { names: ofItemStores, takesTtl: true };
export const mutateInOptions: KnownOptions = { names: ofMutateIn, takesTtl: false };
export const invalidateOptions: KnownOptions = { names: ofInvalidate, takesTtl: false };

/** Option names of memjs, memcached, redis, ioredis, node-cache, keyv and others, in lower case → the option here. */
const otherWords: Readonly<Record<string, string>> = {
  ...toOption('ttl', 'ex', 'exp', 'expire', 'expires', 'expiry', 'expiration', 'expiresin', 'exptime', 'lifetime'),
  ...toOption('ttl', 'px', 'maxage', 'ttlms', 'ttlseconds', 'seconds', 'sec', 'time', 'timetolive', 'expireafter'),
  ...toOption('timeout', 'deadline', 'timeoutms', 'commandtimeout', 'ms'),
  ...toOption('signal', 'abort', 'abortsignal', 'controller'),
  ...toOption('initial', 'init', 'default', 'initialvalue', 'start'),
  ...toOption('durability', 'durabilitylevel'),
  ...toOption('preserveExpiry', 'preservettl'),
  ...toOption('refresh', 'force', 'forcerefresh', 'fresh', 'reload'),
};

/** Options of other clients that are a method here, or nothing. */
const advice: Readonly<Record<string, string>> = {
  nx: 'use add(), which stores only if the key does not exist',
  xx: 'use replace(), which stores only if the key exists',
  cas: 'use cas(key, value, token)',
  exat: 'use { ttl }, in seconds from now',
  pxat: 'use { ttl }, in seconds from now',
  keepttl: 'use append() or prepend(), which keep the ttl, or in a Couchbase bucket { preserveExpiry: true }',
  flags: 'the transcoder sets the flags',
};

const inMilliseconds = new Set(['px', 'maxage', 'ttlms', 'ms']);

function toOption(name: string, ...words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word, name]));
}

/** `; use { ttl: 60 }`: advice for an unknown option, from its name and value; '' = none. */
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

/** Throws InvalidArgumentError for an unknown option of a call. */
export function refuseUnknown(name: string, value: unknown, options: KnownOptions): never {
  const words = meaningOf(name, value, options) || suggestion(name, Object.keys(options.names));
  throw new InvalidArgumentError(`unknown option ${JSON.stringify(name)} of a call${words}`);
}
