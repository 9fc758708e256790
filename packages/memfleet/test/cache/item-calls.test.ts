/** The calls on which the cache stands: the double of the properties, and the client against the embedded server. */
import { describe, onTestFinished } from 'vitest';
import { clientCalls } from '../../src/cache/client-calls.ts';
import { EntryTranscoder } from '../../src/cache/entry-transcoder.ts';
import { createClient, transcoders } from '../../src/client/index.ts';
import { createServer } from '../../src/server/index.ts';
import { itemCallsContract } from './support/item-calls-contract.ts';
import { World } from './support/world.ts';

const entries = new EntryTranscoder({ transcoder: transcoders.auto, emptyIsStub: true });

describe.each(['meta', 'text', 'binary'] as const)('over %s, of the double,', (protocol) => {
  let world = new World({ protocol });
  itemCallsContract({
    protocol,
    start: () => {
      world = new World({ protocol });
      return Promise.resolve({ calls: world.start().calls, key: 'k' });
    },
    until: (promise) => world.until(promise),
  });
});

describe.each(['meta', 'text', 'binary'] as const)('over %s, of the client,', (protocol) => {
  itemCallsContract({
    protocol,
    start: async () => {
      const server = createServer({ port: 0 });
      const address = await server.listen();
      const client = createClient({ nodes: `127.0.0.1:${'port' in address ? address.port : 0}`, protocol });
      onTestFinished(() => {
        client.destroy();
        return server.destroy();
      });
      return { calls: clientCalls(client.with({ transcoder: entries, errors: 'throw' })), key: 'k' };
    },
    until: (promise) => promise,
  });
});
