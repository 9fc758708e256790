/** The calls of a client, for tests of what may happen to each. */
import type { Client } from '../../src/client/index.ts';
import { type MemcacheError, PartialResultError } from '../../src/core/errors.ts';

/** Every method that talks to a node. */
export const calls: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  get: (client) => client.get('k'),
  getWithCas: (client) => client.getWithCas('k'),
  getAndTouch: (client) => client.getAndTouch('k', 60),
  getMany: (client) => client.getMany(['k', 'l', 'm']),
  set: (client) => client.set('k', 'value'),
  add: (client) => client.add('k', 'value'),
  append: (client) => client.append('k', 'value'),
  cas: (client) => client.cas('k', 'value', 1n),
  setMany: (client) => client.setMany({ k: 1, l: 2 }),
  delete: (client) => client.delete('k'),
  deleteMany: (client) => client.deleteMany(['k', 'l']),
  incr: (client) => client.incr('k'),
  'incr with an initial value': (client) => client.incr('k', 1, { initial: 5 }),
  touch: (client) => client.touch('k', 60),
  flush: (client) => client.flush(),
  version: (client) => client.version(),
  serverStats: (client) => client.serverStats(),
};

/** The error behind a PartialResultError too. */
export function plain(error: MemcacheError): MemcacheError {
  return error instanceof PartialResultError ? (error.cause as MemcacheError) : error;
}
