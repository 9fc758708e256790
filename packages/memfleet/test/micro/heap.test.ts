/** How much heap a get takes while many are in flight: counted between two collections, so that no time is in it. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { heapNow, heldMemory } from '../support/memory.ts';
import { startNodeThread } from './counting.ts';

const inFlight = 256;
const keys = Array.from({ length: 1000 }, (_, i) => `user:${String(i).padStart(4, '0')}`);

async function getAll(client: Client, calls: number): Promise<void> {
  let next = 0;
  async function getOneByOne(): Promise<void> {
    while (next < calls) await client.get(keys[next++ % keys.length] as string);
  }
  await Promise.all(Array.from({ length: inFlight }, getOneByOne));
}

/** Counts collections from now on until the test ends. */
function countCollections(): () => number {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    count += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  onTestFinished(() => observer.disconnect());
  return () => count;
}

/** Bytes by which the heap grows while `run` runs, or undefined if V8 collected garbage meanwhile. */
async function heapOf(run: () => Promise<void>, collections: () => number): Promise<number | undefined> {
  heldMemory();
  // Entries of collections come a turn later.
  await nextTurn();
  await nextTurn();
  const [before, collected] = [heapNow(), collections()];
  await run();
  const grown = heapNow() - before;
  await nextTurn();
  await nextTurn();
  return collections() === collected ? grown : undefined;
}

test('a get of 100 bytes takes at most 1200 bytes of heap, with 256 in flight', async () => {
  const calls = 4096;
  const client = createClient({ nodes: `127.0.0.1:${await startNodeThread(100)}`, timeout: 30_000 });
  onTestFinished(() => client.destroy());
  const collections = countCollections();
  await getAll(client, 20_000);
  const passes: number[] = [];
  for (let i = 0; i < 12; i++) {
    const grown = await heapOf(() => getAll(client, calls), collections);
    if (grown !== undefined) passes.push(grown / calls);
  }
  // What a get needs, every pass needs; code that is compiled meanwhile is not the get's.
  expect(passes.length).toBeGreaterThan(0);
  expect(Math.min(...passes)).toBeLessThanOrEqual(1200);
});
