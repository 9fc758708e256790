/** From options to a cache. */
import type { Client } from '../client/client.ts';
import { parseConnectionString, refuseUnset } from '../client/connection-string.ts';
import { createClient } from '../client/create-client.ts';
import { Cache } from './cache.ts';
import { clientCalls } from './client-calls.ts';
import { CacheCore } from './core.ts';
import { EntryTranscoder } from './entry-transcoder.ts';
import { KeyMaker } from './keys.ts';
import type { CacheOptions } from './options.ts';
import { resolveCacheOptions, type ResolvedCacheOptions } from './resolve-options.ts';
import type { AnySchema, CacheSchema } from './schema.ts';
import { rootSpace } from './seams.ts';

/**
 * Makes a cache of options, over a client of its own or over a given one. A text is what `createClient` takes: a
 * connection string, or just `host1,host2`. Nothing is dialled before the first call. Throws InvalidOptionError.
 */
export function createCache<S extends CacheSchema = AnySchema>(
  ...options: [options?: CacheOptions | string]
): Cache<S> {
  refuseUnset('createCache', options);
  const [given = {}] = options;
  const settings = resolveCacheOptions(typeof given === 'string' ? { client: parseConnectionString(given) } : given);
  const client = settings.client ?? createClient(settings.clientOptions);
  const core = coreOver(client, settings);
  return new Cache<S>(core, rootSpace(core.keys));
}

function coreOver(client: Client, settings: ResolvedCacheOptions): CacheCore {
  const { isShared, lease, transcoder } = settings;
  const entries = new EntryTranscoder({ transcoder, emptyIsStub: lease === 'item', isShared });
  const { maxItemSize, maxKeyLength } = client.items.limits;
  return new CacheCore({
    calls: clientCalls(client.with({ transcoder: entries, errors: 'throw' })),
    entries,
    keys: new KeyMaker({ ...settings.keys, room: maxKeyLength }),
    maxItemSize,
    settings,
    close: settings.client === undefined ? () => client.close() : () => Promise.resolve(),
  });
}
