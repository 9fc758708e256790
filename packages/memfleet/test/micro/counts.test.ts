/**
 * What a call costs where noise cannot touch it: the thresholds are counts, never times.
 * `npm run bench -- micro` shows the figures.
 */
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { createServer } from '../../src/server/index.ts';
import { countPromises, measureArrayBuffers, type Sent, startNodeThread, watchWrites } from './counting.ts';

const calls = 1000;
const value = 'v'.repeat(100);
const keys = Array.from({ length: calls }, (_, i) => `user:${String(i).padStart(4, '0')}`);

async function startServer(): Promise<number> {
  const server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  return 'port' in address ? address.port : 0;
}

/** A client that is connected to all its nodes. */
async function connect(ports: readonly number[]): Promise<Client> {
  // Counts are what is looked at, not time.
  const client = createClient({ nodes: ports.map((port) => `127.0.0.1:${port}`), timeout: 30_000 });
  onTestFinished(() => client.destroy());
  await Promise.all(keys.map((key) => client.get(key)));
  return client;
}

function watch(port: number): Sent {
  return watchWrites([port])[0] as Sent;
}

describe('one node', () => {
  let port: number;
  let client: Client;
  beforeEach(async () => {
    port = await startServer();
    client = await connect([port]);
    await Promise.all(keys.map((key) => client.set(key, value)));
  });

  test('1000 gets of one tick are one write of "mg <key> f v" each', async () => {
    const sent = watch(port);
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys.map(() => value));
    expect(sent.writes).toBe(1);
    const [first = ''] = sent.text.split('\r\n');
    expect(first.split(' ').sort()).toEqual(['f', 'mg', 'user:0000', 'v']);
    expect(sent.text.length).toBe(calls * 'mg user:0000 f v\r\n'.length);
  });

  test('1000 sets of 100 bytes of one tick are one write for every 32 KB at most', async () => {
    const sent = watch(port);
    await Promise.all(keys.map((key) => client.set(key, value)));
    expect(sent.writes).toBeLessThanOrEqual(Math.ceil(sent.text.length / 32_768));
    // Not one byte but command, key, length, value and line ends.
    expect(sent.text.length).toBe(calls * `ms user:0000 100\r\n${value}\r\n`.length);
  });

  test('a getMany of 1000 keys is one write', async () => {
    const sent = watch(port);
    expect((await client.getMany(keys)).size).toBe(calls);
    expect(sent.writes).toBe(1);
  });

  test('calls that follow one another in a turn of their own have a write of their own', async () => {
    const sent = watch(port);
    for (const key of keys.slice(0, 10)) await client.get(key);
    expect(sent.writes).toBe(10);
  });

  test.each([
    ['get', (key: string): Promise<unknown> => client.get(key)],
    ['set', (key: string): Promise<unknown> => client.set(key, value)],
  ])('a %s makes one promise', async (_name, call) => {
    const promises = await countPromises(() => {
      let last: Promise<unknown> | undefined;
      for (const key of keys) last = call(key);
      // One connection answers in order: the last answer is the end of all.
      return last;
    });
    // The test runner makes a few of its own meanwhile; a second one per call would be a thousand more.
    expect(promises).toBeGreaterThanOrEqual(calls);
    expect(promises).toBeLessThan(calls * 1.1);
  });

  test('a getMany of 1000 keys makes no promise per key', async () => {
    const promises = await countPromises(() => client.getMany(keys));
    expect(promises).toBeLessThan(calls / 10);
  });
});

test('three nodes: 1000 gets of one tick are one write to each', async () => {
  const ports = await Promise.all([startServer(), startServer(), startServer()]);
  const client = await connect(ports);
  const sent = watchWrites(ports);
  await Promise.all(keys.map((key) => client.get(key)));
  expect(sent.map(({ writes }) => writes)).toEqual([1, 1, 1]);
});

test('a get of 100 bytes allocates no ArrayBuffer, nor a part of one', async () => {
  const client = await connect([await startNodeThread(value.length)]);
  const growths: number[] = [];
  for (let pass = 0; pass < 3; pass++) {
    let values: unknown[] = [];
    const growth = await measureArrayBuffers(async () => {
      values = await Promise.all(keys.map((key) => client.get(key)));
    });
    growths.push(growth);
    expect(values).toEqual(keys.map(() => value));
  }
  // What a get needs, every pass needs, and copies of the values would be 100 000 bytes; a slab that the connection
  // takes once is not the get's.
  expect(Math.min(...growths)).toBeLessThan(32 * calls);
});
