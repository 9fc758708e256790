/** Where npm `memjs` hangs or gives wrong results, and the drop-in does not; and servers that die. */
import { createServer as listen } from 'node:net';
import { createServer } from 'memfleet/server';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RunningNode, startEmbedded } from '../../dropin-memcached/test/support/judges.ts';
import { dropin, open, original } from './support/open.ts';

let node: RunningNode;
beforeAll(async () => {
  node = await startEmbedded();
});
afterAll(() => node.stop());

/** An address where nothing listens. */
const dead = '127.0.0.1:1';

async function listening(onConnection: Parameters<typeof listen>[1]): Promise<string> {
  const server = listen(onConnection as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('prepend prepends', async () => {
  const { client } = open(dropin, node.address);
  await client.set('k', 'b');
  await client.prepend('k', 'a');
  expect((await client.get('k')).value).toEqual(Buffer.from('ab'));
});

test('counters have 53 bits', async () => {
  const { client } = open(dropin, node.address);
  await client.set('k', String(2 ** 33));
  expect(await client.increment('k', 1)).toEqual({ success: true, value: 2 ** 33 + 1 });
  expect(await client.increment('k', 2 ** 40)).toEqual({ success: true, value: 2 ** 33 + 2 ** 40 + 1 });
});

test('a counter that is not to be made is an error', async () => {
  const { byPromise } = open(dropin, node.address);
  expect(await byPromise('increment', 'none', 1, { expires: 0xffff_ffff })).toEqual(['MemJS INCREMENT: Key not found']);
});

test('a server that closes in the middle of a request is an error of the call, and the next call works', async () => {
  let connections = 0;
  const address = await listening((socket) => {
    connections++;
    socket.on('error', () => {}).on('data', () => socket.destroy());
  });
  const { byCallback } = open(dropin, address, { retry_delay: 0.001 });
  expect((await byCallback('get', 'k'))[0]).toMatch(/\w/);
  expect((await byCallback('get', 'k'))[0]).toMatch(/\w/);
  expect(connections).toBeGreaterThan(1);
});

test('a key that is too long is an error of the call', async () => {
  const { byCallback, byPromise } = open(dropin, node.address);
  expect((await byCallback('get', 'k'.repeat(300)))[0]).toBe('MemJS GET: Invalid arguments');
  expect(await byPromise('set', 'k', 'v')).toEqual([null, true]);
});

test('a server that does not reply is an error of the call after its attempts', async () => {
  const address = await listening((socket) => socket.on('error', () => socket.destroy()).resume());
  const { byPromise, logged } = open(dropin, address, { timeout: 0.02, conntimeout: 0.02, retry_delay: 0.001 });
  const [message] = await byPromise('get', 'k');
  expect(message).toMatch(/\w/);
  expect(logged).toEqual([`MemJS: Server <${address}> failed after (2) retries with error - ${String(message)}`]);
});

test.each([[5], [undefined], [{}]])('a value that has no bytes, %j, is an error of the call', async (value) => {
  const { byCallback } = open(dropin, node.address);
  expect((await byCallback('set', 'k', value, {}))[0]).toMatch(/first argument/);
});

test('the old order of arguments has its time to live', async () => {
  const { client, byPromise, logged } = open(dropin, node.address);
  const set = client.set.bind(client) as (...args: unknown[]) => void;
  const outcome = await new Promise((resolve) =>
    set('k', 'v', (error: unknown, stored: unknown) => resolve([error, stored]), 2_592_001),
  );
  expect(outcome).toEqual([null, true]);
  expect(await byPromise('get', 'k')).toMatchObject([null, { value: null }]);
  expect(logged).toEqual(['MemJS SET: using deprecated call - arguments have changed']);
});

test('a thousand calls in flight to a server that dies all end', async () => {
  const dying = await startEmbedded();
  const { client } = open(dropin, dying.address, { retry_delay: 0.001 });
  await client.set('k', 'v');
  const calls = Array.from({ length: 1000 }, (_, index) => client.get(`k${index}`));
  await dying.stop();
  expect(await Promise.allSettled(calls)).toHaveLength(1000);
});

test('with failover, the next server stands in for one that is dead', async () => {
  const { client } = open(dropin, `${dead},${node.address}`, { failover: true, retry_delay: 0.001 });
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  expect(await Promise.all(keys.map((key) => client.set(key, key)))).toEqual(keys.map(() => true));
  const values = await Promise.all(keys.map(async (key) => String((await client.get(key)).value)));
  expect(values).toEqual(keys);
});

test('with failover, when all servers are dead, the call says so', async () => {
  const { byPromise } = open(dropin, `${dead},127.0.0.1:2`, { failover: true, retry_delay: 0.001 });
  expect(await byPromise('get', 'k')).toEqual(['No servers available']);
});

test('flush names the servers that failed', async () => {
  const { byCallback } = open(dropin, `${node.address},${dead}`);
  const [message, results] = await byCallback('flush');
  expect(message).toMatch(/ECONNREFUSED/);
  expect(results).toEqual({ [node.address]: true, [dead]: expect.any(Error) as Error });
});

test('each server has its own credentials', async () => {
  const server = createServer({ port: 0, users: { ada: 'secret' } });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  const port = 'port' in address ? address.port : 0;
  const { client } = open(dropin, `ada:secret@127.0.0.1:${port},${node.address}`);
  client.getServer = (key) => (key === 'there' ? 0 : 1);
  expect(await Promise.all([client.set('there', 'v'), client.set('here', 'v')])).toEqual([true, true]);
  const wrong = open(dropin, `ada:wrong@127.0.0.1:${port}`, { retry_delay: 0.001 });
  expect((await wrong.byPromise('get', 'there'))[0]).toMatch(/\w/);
});

test('every key has the same server, bytes and flags', async () => {
  const other = await startEmbedded();
  const list = `${node.address},${other.address}`;
  const [theirs, ours] = [open(original, list), open(dropin, list)];
  const keys = Array.from({ length: 200 }, (_, index) => `${index % 3 === 0 ? 'naïve' : 'key'}:${index}`);
  for (const key of keys) expect(ours.client.server(key)?.port).toBe(theirs.client.server(key)?.port);
  for (const key of keys.slice(0, 20)) {
    await theirs.client.set(key, Buffer.from([0, 255, 128]));
    expect(await ours.client.get(key)).toEqual({ value: Buffer.from([0, 255, 128]), flags: Buffer.alloc(4) });
    await ours.client.set(key, `värde of ${key}`);
    expect(await theirs.client.get(key)).toEqual({ value: Buffer.from(`värde of ${key}`), flags: Buffer.alloc(4) });
  }
  await other.stop();
});

test('a value that the serializer cannot read is an error of the call, and its server stays in use', async () => {
  const serializer = {
    serialize: (_: number, value: string, extras: Buffer | string) => ({ value, extras }),
    deserialize: (_: number, value: Buffer, extras: Buffer) => ({ value: JSON.parse(value.toString()), extras }),
  };
  const { client, byPromise, logged } = open(dropin, node.address, { failover: true, serializer } as never);
  await client.set('poison', '{secret', {});
  await client.set('good', '1', {});
  expect((await byPromise('get', 'poison'))[0]).toMatch(/JSON/);
  expect(logged).toEqual([]);
  expect((await client.get('good')).value).toBe(1);
});
