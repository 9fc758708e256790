/**
 * The store for undici's cache interceptor: what its own tests of stores ask, awaited, and two agents that share it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import { Agent, type cacheStores, interceptors, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pack, unpack } from '../../src/adapters/packed.ts';
import { UndiciCacheStore, type UndiciCacheKey, type UndiciCacheValue } from '../../src/adapters/undici.ts';
import type { Client } from '../../src/client/index.ts';
import { bytes } from '../../src/client/transcoders.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startNode } from './nodes.ts';

type CacheStore = Pick<InstanceType<typeof cacheStores.MemoryCacheStore>, 'get' | 'createWriteStream' | 'delete'>;

const keyOf = (path: string, headers: Record<string, string> = {}, method = 'GET'): UndiciCacheKey => ({
  origin: 'https://host:443',
  path,
  method,
  headers,
});

function valueOf(more: Partial<UndiciCacheValue> = {}): UndiciCacheValue {
  const now = Date.now();
  const times = { cachedAt: now, staleAt: now + 10_000, deleteAt: now + 20_000 };
  return { statusCode: 200, statusMessage: '', headers: { foo: 'bar' }, cacheControlDirectives: {}, ...times, ...more };
}

/** A packed response without body. */
function packed(lines: string, deleteAt = Date.now() + 10_000): Buffer {
  const head = Buffer.alloc(33);
  head[0] = 1;
  head.writeDoubleBE(deleteAt, 25);
  return pack(Buffer.concat([head, Buffer.from(lines)]), Buffer.alloc(0));
}

async function write(store: UndiciCacheStore, key: UndiciCacheKey, value: UndiciCacheValue, ...chunks: string[]) {
  const stream = store.createWriteStream(key, value);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
}

async function bodyOf(store: UndiciCacheStore, key: UndiciCacheKey): Promise<string | undefined> {
  const found = await store.get(key);
  return found === undefined ? undefined : Buffer.concat(found.body).toString();
}

describe('a store of responses', () => {
  test('gives a response back with its body, and no other', async () => {
    const store = new UndiciCacheStore(await startClient());
    const value = valueOf({ etag: '"1"', headers: { 'set-cookie': ['a', 'b'] } });
    expect(await store.get(keyOf('/'))).toBe(undefined);
    await write(store, keyOf('/'), value, 'asd', '123');
    expect(await store.get(structuredClone(keyOf('/')))).toEqual({ ...value, body: [Buffer.from('asd123')] });
    expect(await store.get(keyOf('/asd'))).toBe(undefined);
    expect(await store.get(keyOf('/', {}, 'HEAD'))).toBe(undefined);
  });

  test('keeps the responses of each origin and method apart, whatever their paths are', async () => {
    const store = new UndiciCacheStore(await startClient());
    const requests = ['https://a', 'https://ä'].flatMap((origin) =>
      ['GET', 'HEAD'].flatMap((method) =>
        ['/', '/#', '/ä', `/${'x'.repeat(300)}`].map((path) => ({ origin, method, path })),
      ),
    );
    for (const key of requests) await write(store, key, valueOf(), JSON.stringify(key));
    for (const key of requests) expect(await bodyOf(store, key)).toBe(JSON.stringify(key));
  });

  test('gives a stale response until it is to be deleted, and replaces it', async () => {
    const client = await startClient();
    const store = new UndiciCacheStore(client);
    const now = Date.now();
    await write(store, keyOf('/'), valueOf({ staleAt: now - 1000, deleteAt: now + 5000 }), 'stale');
    expect(await bodyOf(store, keyOf('/'))).toBe('stale');
    expect(await client.ttlOf('undici:GET:https://host:443/')).toBe(5);
    await write(store, keyOf('/'), valueOf(), 'new');
    expect(await bodyOf(store, keyOf('/'))).toBe('new');
    await write(store, keyOf('/late'), valueOf({ deleteAt: now - 1 }), 'late');
    expect(await store.get(keyOf('/late'))).toBe(undefined);
  });

  test('chooses the response by the headers that it varies by; deleting takes all of them', async () => {
    const store = new UndiciCacheStore(await startClient());
    const [english, german] = [{ accept: 'en' }, { accept: 'de' }];
    await write(store, keyOf('/', english), valueOf({ vary: english }), 'hello');
    expect(await store.get(keyOf('/', german))).toBe(undefined);
    await write(store, keyOf('/', german), valueOf({ vary: german }), 'hallo');
    await write(store, keyOf('/'), valueOf({ vary: { accept: null } }), 'none');
    expect(await bodyOf(store, keyOf('/', english))).toBe('hello');
    expect(await bodyOf(store, keyOf('/', german))).toBe('hallo');
    expect(await bodyOf(store, keyOf('/'))).toBe('none');
    await store.delete(keyOf('/'));
    await write(store, keyOf('/', english), valueOf({ vary: english }), 'hello again');
    expect(await store.get(keyOf('/', german))).toBe(undefined);
  });

  test.each([
    ['with directives', { cacheControlDirectives: { public: true, 'max-age': 60, 's-maxage': 1.5 }, etag: 'W/"1"' }],
    ['with directives that are lists', { cacheControlDirectives: { 'no-cache': ['a', 'b'], 'max-age': 60 } }],
    ['with directives of odd names', { cacheControlDirectives: { 'a,b=c': true, '': true } }],
    ['with an empty etag', { etag: '' }],
    ['without headers', { headers: {} }],
    ['with empty headers', { headers: { a: '', b: '', '': '' } }],
    ['with headers of several values', { headers: { a: ['1', '2'], b: 'ä', c: '\0' } }],
    ['with headers beyond latin1', { headers: { a: '€' } }],
    ['with headers that have line ends', { headers: { a: 'b\nc' } }],
    ['with a message', { statusMessage: 'Größe: 1\r' }],
    ['with members that it does not know', { later: 'ä', rest: [1], vary: {} }],
    ['with a time that is no number of 48 bits', { cachedAt: -0.5, staleAt: 1e300 }],
  ])('gives a response back %s', async (_, more: Partial<UndiciCacheValue>) => {
    const store = new UndiciCacheStore(await startClient());
    const value = valueOf(more);
    await write(store, keyOf('/'), value, 'body');
    expect(await store.get(keyOf('/'))).toStrictEqual({ ...value, body: [Buffer.from('body')] });
  });

  test('reads the responses of an earlier version, whose heads are JSON; that one finds none in the new heads', async () => {
    const client = await startClient();
    const store = new UndiciCacheStore(client);
    const value = valueOf({ etag: '"1"' });
    const view = client.with<Uint8Array>({ transcoder: bytes });
    await view.set('undici:GET:https://host:443/', pack(Buffer.from(JSON.stringify(value)), Buffer.from('old')));
    expect(await store.get(keyOf('/'))).toEqual({ ...value, body: [Buffer.from('old')] });
    await write(store, keyOf('/'), value, 'new');
    expect(unpack(await view.get('undici:GET:https://host:443/'))).toBe(undefined);
  });

  test.each([
    ['a head that is longer than the item', Buffer.of(0, 0, 1, 0, 1)],
    ['a head without all numbers', Buffer.of(0, 0, 0, 2, 1, 0)],
    ['a head without all lines', packed('OK\n\n')],
    ['a rest that is no JSON', packed('OK\n\n\n{')],
    ['a rest that is no object', packed('OK\n\n\n1')],
    ['a head whose time is no number', packed('OK\n\n\n', Number.NaN)],
    ['names that are no list', pack(Buffer.from('{"names":1,"id":"x"}'), Buffer.alloc(0))],
  ])('does not find a response in %s', async (_, stored) => {
    const client = await startClient();
    await client.with<Uint8Array>({ transcoder: bytes }).set('undici:GET:https://host:443/', stored);
    expect(await new UndiciCacheStore(client).get(keyOf('/'))).toBe(undefined);
  });

  test('gives a response no prototype that a node has chosen', async () => {
    const client = await startClient();
    const stored = packed('OK\n1\n\n{"__proto__":{"isEvil":true},"body":1}\n__proto__\nx');
    await client.with<Uint8Array>({ transcoder: bytes }).set('undici:GET:https://host:443/', stored);
    const found = await new UndiciCacheStore(client).get(keyOf('/'));
    expect(found).toMatchObject({ etag: '1', body: [Buffer.alloc(0)] });
    for (const made of [found, found?.headers]) expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  });

  test('does not store a body that is larger than an item', async () => {
    const store = new UndiciCacheStore(await startClient());
    const stream = store.createWriteStream(keyOf('/'), valueOf());
    stream.end('x'.repeat(2 ** 20));
    await new Promise((resolve) => stream.once('close', resolve));
    expect(await store.get(keyOf('/'))).toBe(undefined);
    await write(store, keyOf('/'), valueOf(), 'x'.repeat(1_000_000));
    expect((await bodyOf(store, keyOf('/')))?.length).toBe(1_000_000);
  });
});

describe('the interceptor', () => {
  async function serve(): Promise<{ url: string; requests: () => number }> {
    let requests = 0;
    const server = createServer((_: IncomingMessage, response: ServerResponse) => {
      response.setHeader('cache-control', 'public, max-age=60');
      response.end(`page ${++requests}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, requests: () => requests };
  }

  /** `stored`: resolves when all responses so far are stored. */
  function agentOf(client: Client) {
    const store = new UndiciCacheStore(client) satisfies CacheStore;
    const streams: Promise<void>[] = [];
    const watched: CacheStore = {
      get: (key) => store.get(key),
      delete: (key) => store.delete(key),
      createWriteStream(key, value) {
        const stream = store.createWriteStream(key, value);
        streams.push(finished(stream));
        return stream;
      },
    };
    const dispatcher = new Agent().compose(interceptors.cache({ store: watched }));
    onTestFinished(async () => dispatcher.close());
    return { dispatcher, stored: async () => Promise.all(streams) };
  }

  async function read(url: string, { dispatcher }: ReturnType<typeof agentOf>): Promise<string> {
    return (await request(url, { dispatcher })).body.text();
  }

  test('of another process takes from the store what the first has fetched', async () => {
    const { url, requests } = await serve();
    const client = clientOf((await startNode()).address);
    const first = agentOf(client);
    expect(await read(url, first)).toBe('page 1');
    await first.stored();
    expect(await read(url, agentOf(client))).toBe('page 1');
    expect(requests()).toBe(1);
  });

  test('fetches the page while the node is out', async () => {
    const { url } = await serve();
    const node = await startNode();
    const agent = agentOf(clientOf(node.address));
    await node.stop();
    expect([await read(url, agent), await read(url, agent)]).toEqual(['page 1', 'page 2']);
  });
});

describeBadCases('a store of responses', (client) => {
  const store = new UndiciCacheStore(client);
  return {
    get: (key) => bodyOf(store, keyOf(key)),
    set: (key, value) => write(store, keyOf(key), valueOf(), value),
    delete: (key) => store.delete(keyOf(key)),
    setUnfit: (key) => write(store, keyOf(key), valueOf(), 1n as unknown as string),
  };
});
