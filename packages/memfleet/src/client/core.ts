/** What a client and all its prefixed views share: the fleet, and the settings of calls. */
import type { CollectionRef } from '../core/collection.ts';
import { InvalidArgumentError, UnsupportedError } from '../core/errors.ts';
import type { Durability } from '../core/write-terms.ts';
import type { Fleet } from '../fleet/assemble.ts';
import type { ClientListeners } from './events.ts';
import type { Loads } from './get-or-set.ts';
import type { Transcoder } from './transcoder.ts';

/** The fleet and the settings of a client. */
export interface ClientCore {
  readonly fleet: Fleet;
  /** The fleet is a Couchbase bucket. */
  readonly hasReplicas: boolean;
  /** The collection of the keys; undefined = the default one, or the fleet is no bucket. */
  readonly collection: CollectionRef | undefined;
  readonly transcoder: Transcoder<unknown>;
  /** Of writes that name none; undefined = that of the bucket. */
  readonly durability: Durability | undefined;
  /** Failures of nodes return the result of a miss. */
  readonly errorsAreMisses: boolean;
  /** The bucket of a Couchbase cluster. */
  readonly namespace: string | undefined;
  /** In bytes: of a whole item; in a bucket, of the value alone. */
  readonly maxItemSize: number;
  /** The time of a call that names none, in ms. */
  readonly timeout: number;
  /** Errors of nodes end with the stack frames of the caller. */
  readonly stacks: boolean;
  /** The ttl of an item that is stored without one, in seconds. */
  readonly ttl: number;
  readonly listeners: ClientListeners;
  /** The loads of getOrSet in progress. */
  readonly loads: Loads;
}

const made = new WeakSet<ClientCore>();

/** Records that `createClient` made it. */
export function noteMade(core: ClientCore): ClientCore {
  made.add(core);
  return core;
}

/** Throws UnsupportedError where the fleet is no bucket. `what`: what only buckets have. */
export function checkBucket({ hasReplicas }: ClientCore, what: string): void {
  if (!hasReplicas) throw new UnsupportedError(`only Couchbase buckets have ${what}: set the option "couchbase"`);
}

/** Throws unless `createClient` made it: the constructor of `Client` is not public. */
export function checkMade(core: ClientCore): void {
  if (!made.has(core))
    throw new InvalidArgumentError('call createClient(options): the constructor of Client is not public');
}
