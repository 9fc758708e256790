/** What users set of a cache, and its defaults. */
import type { Clock } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import { clientOptions, type ClientOptions } from '../client/options.ts';
import type { Transcoder } from '../client/transcoder.ts';
import {
  anyText,
  bytes,
  flag,
  func,
  type Kind,
  live,
  milliseconds,
  oneOf,
  tableOrFalse,
  whole,
} from '../core/option-kinds.ts';
import { defaultsOf, type OptionTable } from '../core/option-table.ts';
import { fleetOptions } from '../fleet/options.ts';
import { entryOptions, type EntryOptions } from './entry-options.ts';
import { longestLease } from './entry.ts';
import { type Interop, interops } from './interop.ts';
import type { KeyFunction } from './keys.ts';
import { seconds } from './option-kinds.ts';
import { originSettings, type OriginSettings } from './origin-settings.ts';

/** Deletes that failed and are sent later. */
export interface PendingDeleteOptions {
  /** The largest number of keys. @default 10000 */
  readonly max?: number | undefined;
  /** The longest time that a key is kept, in seconds. @default 3600 */
  readonly maxAge?: number | undefined;
}

/** Values in the memory of the process. */
export interface NearOptions {
  /** Milliseconds for which a value is returned without a request to its node. */
  readonly ttl: number;
  /** The total size of the encoded values in bytes. @default 33554432 */
  readonly maxBytes?: number | undefined;
  /** The number of values. @default 10000 */
  readonly maxItems?: number | undefined;
  /** After that a large value is read again only if the node has another one. @default true */
  readonly validate?: boolean | undefined;
  /** Values are frozen and shared by all callers; false: each caller has a copy. @default true */
  readonly freeze?: boolean | undefined;
}

/** Which values are compressed. */
export interface CompressOptions {
  /** The smallest size that is compressed, in bytes. @default 2048 */
  readonly above?: number | undefined;
  /** The algorithm for writing; all are read. `'zstd'` needs Node 22.15. @default 'gzip' */
  readonly algorithm?: 'gzip' | 'brotli' | 'zstd' | undefined;
  /** The largest decompressed value in bytes; a larger one is a miss. @default 134217728 */
  readonly maxLength?: number | undefined;
}

/** Options of `createCache`. */
export interface CacheOptions extends EntryOptions, OriginSettings {
  /** A client, which `close()` leaves open, or the options of one. @default a client of its own */
  readonly client?: Client | ClientOptions | undefined;
  /** The nodes; the same as `client: { nodes }`. */
  readonly nodes?: ClientOptions['nodes'];
  /** Prepended to every key. @default '' */
  readonly keyPrefix?: string | undefined;
  /** The number of the version of the values, a part of every key. @default 1 */
  readonly version?: number | undefined;
  /** Makes the key of an item of a key, the prefix and the version. @default `prefix:version:key`, as Django */
  readonly keyFunction?: KeyFunction | undefined;
  /** Converts values to bytes and back. @default transcoders.auto */
  readonly transcoder?: Transcoder<unknown> | undefined;
  /** `'miss'`: failures of nodes look like misses; the event `error` reports them. @default 'miss' */
  readonly errors?: 'miss' | 'throw' | undefined;
  /**
   * How one loader in the fleet is chosen: by the item itself, by an item beside it (for keys that other clients read),
   * or not. @default 'item'
   */
  readonly lease?: 'item' | 'beside' | false | undefined;
  /** Seconds, 2 to 60, after which the lease of a dead holder ends. @default 3 */
  readonly leaseTtl?: number | undefined;
  /** Milliseconds that a caller waits for the loader of another process before it loads itself. @default 10000 */
  readonly leaseWait?: number | undefined;
  /** Milliseconds for which a value is kept in the process while its node is out; 0 = not at all. @default 1000 */
  readonly outageTtl?: number | undefined;
  /** Deletes that failed are sent when their node is back; false = never. */
  readonly pendingDeletes?: PendingDeleteOptions | false | undefined;
  /** Keeps values in the memory of the process for a short time. @default false */
  readonly near?: NearOptions | false | undefined;
  /** What becomes of values larger than the client's `maxItemSize`. @default 'refuse' */
  readonly large?: 'refuse' | 'chunk' | undefined;
  /** Compresses values. @default false */
  readonly compress?: CompressOptions | false | undefined;
  /**
   * Shares keys and values with another client: sets `transcoder`, unless one is given, and `lease: 'beside'`. Options
   * whose entries the other client could not read are refused.
   */
  readonly interop?: Interop | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
  /** A source of random numbers from 0 to below 1; for tests. */
  readonly random?: (() => number) | undefined;
}

const pendingDeleteOptions = {
  max: { kind: whole(1), default: 10_000, about: 'the largest number of keys' },
  maxAge: { kind: seconds(1), default: 3600, about: 'the longest time that a key is kept' },
} satisfies OptionTable<PendingDeleteOptions>;

const nearOptions = {
  ttl: { kind: milliseconds(1), isRequired: true, about: 'how long a value is returned without a request to its node' },
  maxBytes: { kind: bytes(1), default: 32 * 1024 * 1024, about: 'the total size of the encoded values' },
  maxItems: { kind: whole(1), default: 10_000, about: 'the number of values' },
  validate: {
    kind: flag,
    default: true,
    about: 'after that a large value is read again only if the node has another one',
  },
  freeze: { kind: flag, default: true, about: 'values are frozen and shared; `false`: each caller has a copy' },
} satisfies OptionTable<NearOptions>;

const compressOptions = {
  above: { kind: bytes(0), default: 2048, aka: ['threshold'], about: 'the smallest size that is compressed' },
  algorithm: {
    kind: oneOf('gzip', 'brotli', 'zstd'),
    default: 'gzip',
    about: 'for writing; all are read. `zstd` needs Node 22.15',
  },
  maxLength: {
    kind: bytes(1),
    default: 128 * 1024 * 1024,
    about: 'the largest decompressed value; a larger one is a miss',
  },
} satisfies OptionTable<CompressOptions>;

const leaseKind: Kind<'item' | 'beside' | false> = {
  ...oneOf('item', 'beside'),
  wanted: '"item", "beside" or false',
  fits: (value) => value === 'item' || value === 'beside' || value === false,
};

const own = {
  client: {
    kind: live<Client | ClientOptions>('a client, or the options of one'),
    defaultText: 'a client of its own',
    about: 'a client, which `close()` leaves open, or the options of one',
  },
  nodes: { kind: fleetOptions.nodes.kind, about: 'the same as `client: { nodes }`', refusesUndefined: true },
  keyPrefix: { kind: anyText, default: '', aka: ['prefix', 'namespace'], about: 'prepended to every key' },
  version: { kind: whole(0), default: 1, about: 'the version of the values, a part of every key' },
  keyFunction: {
    kind: func<KeyFunction>(),
    defaultText: "Django's: `prefix:version:key`",
    about: 'makes the key of an item: `(key, prefix, version) => text`',
  },
  transcoder: {
    kind: clientOptions.transcoder.kind,
    aka: ['serializer', 'serialize', 'deserialize', 'codec'],
    defaultText: '`transcoders.auto`',
    about: 'values ⇄ bytes, as of a client',
  },
  errors: {
    kind: oneOf('miss', 'throw'),
    default: 'miss',
    about: '`miss`: failures of nodes look like misses; the event `error` reports them',
  },
  lease: {
    kind: leaseKind,
    default: 'item',
    about:
      'how one loader in the fleet is chosen: by the item, by an item `beside` it (for keys that other clients read), or not (`false`)',
  },
  leaseTtl: {
    kind: seconds(2, longestLease),
    default: 3,
    aka: ['lockTtl'],
    about: 'the time after which the lease of a dead holder ends',
  },
  leaseWait: {
    kind: milliseconds(0),
    default: 10_000,
    aka: ['lockTimeout'],
    about: 'how long a caller waits for the loader of another process before it loads itself',
  },
  outageTtl: {
    kind: milliseconds(0),
    default: 1000,
    about: 'how long a loaded value is kept in the process while its node is out; 0 = not at all',
  },
  pendingDeletes: {
    kind: tableOrFalse<PendingDeleteOptions>(pendingDeleteOptions),
    default: defaultsOf(pendingDeleteOptions),
    about: 'deletes that failed are sent when their node is back',
  },
  near: {
    kind: tableOrFalse<NearOptions>(nearOptions),
    default: false,
    aka: ['l1', 'memory', 'localCache', 'nearCache'],
    about: 'keeps values in the memory of the process for a short time',
  },
  large: {
    kind: oneOf('refuse', 'chunk'),
    default: 'refuse',
    about: "values larger than the client's `maxItemSize`: `refuse` them, or store them in chunks",
  },
  compress: {
    kind: tableOrFalse<CompressOptions>(compressOptions),
    default: false,
    aka: ['compression'],
    about: 'compresses values that become smaller',
  },
  interop: {
    kind: oneOf(...interops),
    about: "shares keys and values with another client: sets `transcoder` (unless one is given) and `lease: 'beside'`",
  },
  clock: { kind: live<Clock>(), about: 'the source of time; for tests' },
  random: { kind: func<() => number>(), about: 'the source of chance, 0 ≤ x < 1; for tests' },
} satisfies OptionTable<Omit<CacheOptions, keyof EntryOptions | keyof OriginSettings>>;

/** The options of a cache. */
export const cacheOptions: OptionTable<CacheOptions> = { ...own, ...entryOptions, ...originSettings };

/** Options with nothing left open. */
export type Whole<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> };

/** The options of a cache that always have a value, without those of its entries. */
export interface CacheSettings {
  readonly errors: 'miss' | 'throw';
  readonly lease: 'item' | 'beside' | false;
  /** s */
  readonly leaseTtl: number;
  /** ms */
  readonly leaseWait: number;
  /** ms */
  readonly outageTtl: number;
  readonly pendingDeletes: Whole<PendingDeleteOptions> | false;
  readonly near: Whole<NearOptions> | false;
  readonly large: 'refuse' | 'chunk';
  readonly compress: Whole<CompressOptions> | false;
}

/** What a cache has where nothing is said. */
export interface CacheDefaults extends CacheSettings {
  readonly keyPrefix: string;
  readonly version: number;
  readonly near: false;
  readonly compress: false;
  readonly pendingDeletes: Whole<PendingDeleteOptions>;
}

/** The defaults of the options of a cache, without those of its entries. */
export const cacheDefaults: CacheDefaults = defaultsOf(own);

/** The defaults of the options of a near cache; its ttl has none. */
export const nearDefaults: Omit<Whole<NearOptions>, 'ttl'> = defaultsOf(nearOptions);

/** The defaults of compression. */
export const compressDefaults: Whole<CompressOptions> = defaultsOf(compressOptions);
