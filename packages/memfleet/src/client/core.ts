/** What a client and all its prefixed views share. */
import { InvalidArgumentError } from '../core/errors.ts';
import type { Fleet } from '../fleet/assemble.ts';
import type { CallContext } from './call.ts';
import type { ClientListeners } from './events.ts';
import type { Loads } from './get-or-set.ts';

/** What a client and all its prefixed views share. */
export interface ClientCore {
  readonly fleet: Fleet;
  /** The fleet is a Couchbase bucket. */
  readonly hasReplicas: boolean;
  readonly context: CallContext;
  /** Of whole items; of buckets of values alone. */
  readonly maxItemSize: number;
  /** Of a call that does not say, in ms. */
  readonly timeout: number;
  /** Errors from outside end with the frames of the caller. */
  readonly stacks: boolean;
  /** Seconds. */
  readonly ttl: number;
  readonly listeners: ClientListeners;
  /** Loads of getOrSet in flight. */
  readonly loads: Loads;
}

const made = new WeakSet<ClientCore>();

/** Notes that `createClient` made it. */
export function noteMade(core: ClientCore): ClientCore {
  made.add(core);
  return core;
}

/** Throws where somebody else calls the constructor of `Client`. */
export function checkMade(core: ClientCore): void {
  if (!made.has(core)) throw new InvalidArgumentError('a client is made by createClient(options), not by its class');
}
