/** Views of a client: the same fleet with other settings for its calls, or for another collection of its bucket. */
import { isCollectionName, isScopeName, namingRule } from '../core/collection.ts';
import { InvalidOptionError, UnsupportedError } from '../core/errors.ts';
import { checkOptions, type OptionTable } from '../core/option-table.ts';
import { couchbaseOptions, type CouchbaseOptions } from '../couchbase/options.ts';
import { refuseArgument } from './arguments.ts';
import { checkBucket, type ClientCore, noteMade } from './core.ts';
import { Loads } from './get-or-set.ts';
import { clientOptions, type ClientOptions } from './options.ts';
import type { Transcoder } from './transcoder.ts';

/** The settings that a view may have of its own: those of `createClient`. */
export type ViewOptions<T> = Pick<ClientOptions<T>, 'errors' | 'transcoder' | 'ttl'> &
  Pick<CouchbaseOptions, 'durability'>;

const { errors, transcoder, ttl } = clientOptions;
const { durability } = couchbaseOptions;
const viewOptions: OptionTable<ViewOptions<never>> = { durability, errors, transcoder, ttl };

/** The core of a view. Settings that are not given are those of `core`. Throws InvalidOptionError. */
export function viewOf<T>(core: ClientCore, given: ViewOptions<T>): ClientCore {
  checkOptions(viewOptions, given, '');
  if ((given.durability ?? 'none') !== 'none' && !core.hasReplicas)
    throw new InvalidOptionError('option "durability" needs "couchbase"', 'durability');
  return noteMade({
    ...core,
    errorsAreMisses: given.errors === undefined ? core.errorsAreMisses : given.errors === 'miss',
    transcoder: (given.transcoder as Transcoder<unknown> | undefined) ?? core.transcoder,
    durability: given.durability ?? core.durability,
    ttl: given.ttl ?? core.ttl,
    // A load of another view gives values of another transcoder.
    loads: new Loads(core.fleet.clock, core.timeout),
  });
}

/** The core of a view whose keys are in a collection. Throws UnsupportedError and InvalidArgumentError. */
export function collectionOf(core: ClientCore, scope: string, name: string): ClientCore {
  checkBucket(core, 'collections');
  const { collections } = core.fleet;
  if (collections === undefined) throw new UnsupportedError('a migration has no collections');
  if (typeof scope !== 'string' || !isScopeName(scope)) refuseArgument('the name of the scope', scope, namingRule);
  if (typeof name !== 'string' || !isCollectionName(name, scope))
    refuseArgument('the name of the collection', name, namingRule);
  const collection = collections.find(scope, name);
  return noteMade({ ...core, collection });
}
