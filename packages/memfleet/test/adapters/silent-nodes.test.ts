/** What the adapters for Next.js do while a node accepts requests and does not reply. */
import { expect, test } from 'vitest';
import { NextEntries } from '../../src/adapters/next-entries.ts';
import { SilentNodes } from '../../src/adapters/silent-nodes.ts';
import { TimeoutError } from '../../src/core/errors.ts';
import { blackHole } from '../../src/testing/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { clientOf, startClient, startNode, startRelay } from './nodes.ts';

test('calls to a node that did not reply fail at once, for a second', async () => {
  const clock = new FakeClock();
  const client = await startClient();
  const nodes = new SilentNodes(client, clock);
  let calls = 0;
  const call = async (): Promise<string> => {
    if (++calls === 1) throw new TimeoutError('no reply', 'total');
    return 'reply';
  };
  await client.ready();
  await expect(nodes.run('a', call)).rejects.toThrow('no reply');
  await expect(nodes.run('b', call)).rejects.toThrow('no reply');
  expect(calls).toBe(1);
  clock.advance(1000);
  expect(await nodes.run('b', call)).toBe('reply');
  expect(await nodes.run('a', call)).toBe('reply');
});

test('no read waits for a lease whose reply was lost', async () => {
  const relayed = await startRelay((await startNode()).address);
  const client = clientOf(relayed.relay.name, { timeout: 200, pool: { max: 1 } });
  const clock = new FakeClock();
  const silent = new SilentNodes(client, clock);
  // Longer than a test may take.
  const entries = new NextEntries(client, { prefix: 'next:', renderWait: 60_000, silent });
  await client.ready();
  const silence = relayed.inject(blackHole({ executed: true }));
  await expect(entries.take('key')).rejects.toThrow('no reply');
  await relayed.down();
  await silence.remove();
  await relayed.up();
  clock.advance(1000);
  await client.ready();
  expect(await entries.take('key')).toBe(undefined);
});
