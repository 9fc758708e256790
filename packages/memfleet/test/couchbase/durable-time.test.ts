/** The time of a durable write to a node that cannot be reached. */
import { expect, test } from 'vitest';
import { TimeoutError } from '../../src/core/errors.ts';
import type { Network } from '../../src/net/network.ts';
import type { Transport, TransportEvents } from '../../src/net/transport.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { flat } from './support/documents.ts';
import { testClient } from './support/fake-cluster.ts';

const connectTimeout = 700;
/** The end of a call may come so much after its time, in ms: deadlines are looked at every 10 ms. */
const late = 14;

/** Connections that never open. */
const unreachable = {
  dial: (_options: unknown, events: TransportEvents) => ({ destroy: () => events.onClose(undefined) }) as Transport,
} as unknown as Network;

test.each([
  [100, 1500, 0],
  [100, 1500, 0.999],
  [4000, 4000, 0],
  [4000, 4000, 0.999],
])('with a timeout of %i ms all tries together have %i ms, with waits drawn at %d', async (timeout, most, chance) => {
  const clock = new FakeClock();
  const client = testClient({
    couchbase: { map: flat({ numReplicas: 0, serverList: ['127.0.0.1:1'], vBucketMap: [[0]] }) },
    clock,
    network: unreachable,
    random: () => chance,
    timeout,
    connectTimeout,
    ejectAfter: 1000,
    retry: { attempts: 20 },
  });
  const since = clock.now();
  const ends: { after: number; error: unknown }[] = [];
  void client
    .set('k', 1, { durability: 'majority' })
    .catch((error: unknown) => ends.push({ after: clock.now() - since, error }));
  while (ends.length === 0 && clock.now() - since < 20_000) await clock.advanceAsync(10);
  expect(ends[0]!.error).toBeInstanceOf(TimeoutError);
  expect(ends[0]!.after).toBeLessThanOrEqual(most + late);
  // The last try is given up where its retry would come too late.
  expect(ends[0]!.after).toBeGreaterThan(most - 2 * connectTimeout);
});
