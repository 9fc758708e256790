/** From options to a cache. */
import type { Client } from '../client/client.ts';
import { createClient } from '../client/create-client.ts';
import { Cache } from './cache.ts';
import { Chunks, wholeValues } from './chunks.ts';
import { clientCalls } from './client-calls.ts';
import { CacheCore } from './core.ts';
import { EntryTranscoder } from './entry-transcoder.ts';
import { KeyMaker } from './keys.ts';
import type { CacheOptions } from './options.ts';
import { resolveCacheOptions, type ResolvedCacheOptions } from './resolve-options.ts';
import type { AnySchema, CacheSchema } from './schema.ts';
import { rootSpace } from './seams.ts';
import { versionStamp } from './version-stamp.ts';

/**
 * Makes a cache of options, over a client of its own or over a given one. Nothing is dialled before the first call.
 * Throws InvalidOptionError.
 */
export function createCache<S extends CacheSchema = AnySchema>(options: CacheOptions = {}): Cache<S> {
  const settings = resolveCacheOptions(options);
  const client = settings.client ?? createClient(settings.clientOptions);
  const core = coreOver(client, settings);
  return new Cache<S>(core, rootSpace(core.parts.keys));
}

function coreOver(client: Client, settings: ResolvedCacheOptions): CacheCore {
  const { clock, entry, isShared, lease, random } = settings;
  const entries = new EntryTranscoder({
    transcoder: settings.transcoder,
    emptyIsStub: lease === 'item',
    isShared,
  });
  const calls = clientCalls(client.with({ transcoder: entries, errors: 'throw' }));
  const { maxItemSize, maxKeyLength } = client.items.limits;
  const keys = new KeyMaker({ ...settings.keys, room: maxKeyLength });
  const newId = (): string => versionStamp(clock.unixSeconds() * 1000);
  const chunks = new Chunks({ calls, entries, keys, maxItemSize, newId });
  return new CacheCore({
    calls,
    keys,
    settings,
    entry,
    traffic: entries.traffic,
    large: settings.large === 'chunk' ? chunks : wholeValues(chunks),
    clock,
    random,
    isShared,
    close: settings.client === undefined ? () => client.close() : () => Promise.resolve(),
  });
}
