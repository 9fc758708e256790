/** Makes a client from options. */
import { toByteString } from '../base/bytes.ts';
import { EventListeners } from '../base/event-listeners.ts';
import { couchbaseDefaults } from '../couchbase/options.ts';
import { assemble, type Fleet } from '../fleet/assemble.ts';
import { Client } from './client.ts';
import { parseConnectionString, refuseUnset } from './connection-string.ts';
import { noteMade } from './core.ts';
import { type ClientEvents, type ClientListeners, clusterEventsFor } from './events.ts';
import { Loads } from './get-or-set.ts';
import { importParts } from './import-parts.ts';
import { checkPrefixText } from './key.ts';
import { clientDefaults, type ClientOptions } from './options.ts';
import { resolveOptions } from './resolve-options.ts';
import { auto, couchbase } from './transcoders.ts';

/**
 * Makes a client from options or a connection string (`memcached://host1,host2?timeout=500`,
 * `couchbase://user:password@host1,host2/bucket`, or just `host1,host2`). The client dials with the first call;
 * earlier only for `pool.warmUp`, or to discover the nodes. Throws InvalidOptionError.
 */
export function createClient<T = unknown>(...options: [options?: ClientOptions<T> | string]): Client<T> {
  refuseUnset('createClient', options);
  importParts();
  const [given = {}] = options;
  const settings: ClientOptions<T> = typeof given === 'string' ? parseConnectionString(given) : given;
  const resolved = resolveOptions(settings as ClientOptions<never>);
  const listeners = new EventListeners<ClientEvents>();
  return clientOver(settings, assemble(resolved, clusterEventsFor(listeners)), listeners);
}

/** A client over an existing fleet. The options were checked. */
export function clientOver<T>(given: ClientOptions<T>, fleet: Fleet, listeners: ClientListeners): Client<T> {
  const timeout = given.timeout ?? clientDefaults.timeout;
  const isBucket = given.couchbase !== undefined;
  return new Client(
    noteMade({
      fleet,
      hasReplicas: isBucket,
      durability: undefined,
      collection: fleet.collections?.home,
      transcoder: given.transcoder ?? (isBucket ? couchbase : auto),
      errorsAreMisses: given.errors === 'miss',
      namespace: isBucket ? (given.couchbase?.bucket ?? couchbaseDefaults.bucket) : undefined,
      maxItemSize: given.maxItemSize ?? (isBucket ? couchbaseDefaults.maxItemSize : clientDefaults.maxItemSize),
      timeout,
      stacks: given.stacks ?? clientDefaults.stacks,
      ttl: given.ttl ?? clientDefaults.ttl,
      listeners,
      loads: new Loads(fleet.clock, timeout),
    }),
    toByteString(checkPrefixText(given.prefix ?? clientDefaults.prefix)),
  );
}
