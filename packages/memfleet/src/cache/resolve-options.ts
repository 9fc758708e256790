/** From what users say of a cache to what its parts need. */
import { type Random, type RandomBytes, randomBytesOf, systemRandom } from '../base/chance.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import { type ClientOptions, clientOptions as allClientOptions } from '../client/options.ts';
import type { Transcoder } from '../client/transcoder.ts';
import { auto } from '../client/transcoders.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { defined, inside } from '../core/option-checks.ts';
import { checkOptions } from '../core/option-table.ts';
import { compressing } from './compression.ts';
import { entryDefaults, entryOver, type ResolvedEntryOptions } from './entry-options.ts';
import { transcoderFor } from './interop.ts';
import type { KeySettings } from './keys.ts';
import {
  cacheDefaults,
  cacheOptions,
  type CacheOptions,
  type CacheSettings,
  compressDefaults,
  nearDefaults,
  type Whole,
} from './options.ts';
import { type OriginSettings, translateOrigin } from './origin-settings.ts';

/** `CacheOptions` with nothing left open. */
export interface ResolvedCacheOptions extends CacheSettings {
  /** The client; undefined = one is made of `clientOptions`, and closed with the cache. */
  readonly client: Client | undefined;
  readonly clientOptions: ClientOptions;
  /** `room` is that of a client without prefix. */
  readonly keys: KeySettings;
  /** Of values, with compression. */
  readonly transcoder: Transcoder<unknown>;
  readonly entry: ResolvedEntryOptions;
  /** Other clients read the entries: none may have an envelope or a mark. */
  readonly isShared: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly randomBytes: RandomBytes;
}

type Given = Omit<CacheOptions, keyof OriginSettings>;

/** Checks the options of a cache before anything is opened. Throws InvalidOptionError. */
export function resolveCacheOptions(options: CacheOptions = {}): ResolvedCacheOptions {
  refuseClientOptions(options);
  checkOptions(cacheOptions, options, '');
  const given: Given = translateOrigin(options, isClient(options.client));
  const client = isClient(given.client) ? given.client : undefined;
  if (client !== undefined && given.nodes !== undefined)
    throw new InvalidOptionError('option "nodes" contradicts "client", which has its nodes', 'nodes');
  const clientOptions = client === undefined ? clientOptionsOf(given) : {};
  const entry = entryOver(given, entryDefaults);
  const isShared = given.interop !== undefined;
  if (isShared) refuseMarks(given, entry);
  const compress = over(given.compress ?? cacheDefaults.compress, compressDefaults);
  const transcoder =
    given.transcoder ??
    (given.interop === undefined ? (clientOptions.transcoder ?? auto) : transcoderFor(given.interop));
  const { keyPrefix: prefix = cacheDefaults.keyPrefix, version = cacheDefaults.version, keyFunction } = given;
  const random = given.random ?? clientOptions.random;
  return {
    client,
    clientOptions,
    keys: { prefix, version, keyFunction },
    transcoder: compress === false ? transcoder : compressing(transcoder, compress),
    entry,
    errors: given.errors ?? cacheDefaults.errors,
    lease: given.lease ?? (isShared ? 'beside' : cacheDefaults.lease),
    leaseTtl: given.leaseTtl ?? cacheDefaults.leaseTtl,
    leaseWait: given.leaseWait ?? cacheDefaults.leaseWait,
    outageTtl: given.outageTtl ?? cacheDefaults.outageTtl,
    pendingDeletes: over(given.pendingDeletes ?? cacheDefaults.pendingDeletes, cacheDefaults.pendingDeletes),
    near: over(given.near ?? cacheDefaults.near, nearDefaults),
    large: given.large ?? cacheDefaults.large,
    compress,
    isShared,
    clock: given.clock ?? clientOptions.clock ?? systemClock,
    random: random ?? systemRandom,
    randomBytes: randomBytesOf(random),
  };
}

/** An option of the client only. `prefix` has its own advice: `keyPrefix`. */
function isOfClient(name: string): boolean {
  return name !== 'prefix' && Object.hasOwn(allClientOptions, name) && !Object.hasOwn(cacheOptions, name);
}

/** Throws InvalidOptionError for an option of the client among those of the cache. */
function refuseClientOptions(options: CacheOptions): void {
  const name = Object.keys(Object(options) as object).find(isOfClient);
  if (name !== undefined) throw new InvalidOptionError(`unknown option "${name}"; use "client.${name}"`, name);
}

/** A client, and not the options of one. */
function isClient(client: CacheOptions['client']): client is Client {
  return client !== undefined && typeof (client as Partial<Client>).getMany === 'function';
}

/** The cache itself decides what becomes of errors. */
function clientOptionsOf({ client = {}, nodes, clock }: Given): ClientOptions {
  const options = client as ClientOptions;
  if (nodes !== undefined && options.nodes !== undefined)
    throw new InvalidOptionError('options "nodes" and "client.nodes" set the same thing; leave one out', 'nodes');
  inside('client', () => checkOptions(allClientOptions, options, ''));
  return { clock, ...options, ...(nodes === undefined ? {} : { nodes }), errors: 'throw' };
}

function over<Options extends object>(options: Options | false, defaults: Partial<Options>): Whole<Options> | false {
  return options === false ? false : ({ ...defaults, ...defined(options) } as Whole<Options>);
}

/**
 * Other clients read the bytes of an item as a value, whatever its flags: no entry of a shared cache is a mark or an
 * envelope.
 */
function refuseMarks(given: Given, entry: ResolvedEntryOptions): void {
  const refused: Readonly<Record<string, boolean>> = {
    lease: given.lease === 'item',
    large: given.large === 'chunk',
    compress: given.compress !== undefined && given.compress !== false,
  };
  const name = Object.keys(refused).find((option) => refused[option] === true) ?? markOf(entry);
  if (name !== undefined)
    throw new InvalidOptionError(
      `option "${name}" contradicts "interop": the other client could not read the entries`,
      name,
    );
}

/** The option of an entry that needs a mark or an envelope, if there is one. */
export function markOf({ tags, beta, negativeTtl }: ResolvedEntryOptions): string | undefined {
  if (tags.length > 0) return 'tags';
  if (beta > 0) return 'earlyRefresh';
  return negativeTtl > 0 ? 'negativeTtl' : undefined;
}
