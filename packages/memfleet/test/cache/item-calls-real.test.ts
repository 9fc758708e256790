/** The calls on which the cache stands, against the real memcached. */
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { clientCalls } from '../../src/cache/client-calls.ts';
import { EntryTranscoder } from '../../src/cache/entry-transcoder.ts';
import { createClient, transcoders } from '../../src/client/index.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { itemCallsContract } from './support/item-calls-contract.ts';

const entries = new EntryTranscoder({ transcoder: transcoders.auto, emptyIsStub: true });

describeReal('memcached', () => {
  let node: RealMemcached;
  let tests = 0;

  beforeAll(async () => {
    node = await startMemcached();
  });
  afterAll(() => node.stop());

  describe.each(['meta', 'text', 'binary'] as const)('over %s', (protocol) => {
    itemCallsContract({
      protocol,
      start: () => {
        const client = createClient({ nodes: `127.0.0.1:${node.port}`, protocol });
        onTestFinished(() => client.destroy());
        const calls = clientCalls(client.with({ transcoder: entries, errors: 'throw' }));
        return Promise.resolve({ calls, key: `k${tests++}-` });
      },
      until: (promise) => promise,
    });
  });
});
