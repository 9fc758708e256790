import { createClient, parseConnectionString } from 'memfleet';
import { delay, memoryFull, reset, startServer, when } from 'memfleet/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createProducts } from './products.mjs';

describe('with the server of all test files', () => {
  // Other files use it as well: this one has keys of its own.
  const cache = createClient({ ...parseConnectionString(process.env.MEMFLEET_URL), prefix: 'products.test:' });
  afterAll(() => cache.close());

  test('a product is loaded once', async () => {
    let loads = 0;
    const products = createProducts(cache, (id) => ({ id, loads: ++loads }));
    expect(await products.find(1)).toEqual({ id: 1, loads: 1 });
    expect(await products.find(1)).toEqual({ id: 1, loads: 1 });
  });
});

describe('with a server of its own', () => {
  let server;
  let cache;
  let loads = 0;
  const load = (id) => ({ id, loads: ++loads });

  beforeAll(async () => {
    server = await startServer();
    cache = server.client({ retry: false });
  });
  beforeEach(async () => {
    loads = 0;
    await server.clearFaults();
    server.items.clear();
    server.commands.clear();
  });
  afterAll(() => server.stop());

  test('a product is stored for a minute', async () => {
    await createProducts(cache, load).find(1);
    expect(server.commands.of('set')).toMatchObject([{ key: 'product:1', exptime: 60 }]);
    expect(server.items.get('product:1').value).toEqual({ id: 1, loads: 1 });
  });

  test('a change is read at once', async () => {
    server.items.put('product:1', { id: 1, name: 'old' });
    const products = createProducts(cache, load);
    await products.change(1, { name: 'new' }, async () => {});
    expect(await products.find(1)).toEqual({ id: 1, loads: 1 });
  });

  test.each([
    ['is out', reset()],
    ['does not reply', when({ command: 'get' }, delay(60_000))],
    ['is full', memoryFull()],
  ])('a product is found while the cache %s', async (_, fault) => {
    const impatient = server.client({ retry: false, timeout: 200 });
    server.inject(fault);
    expect(await createProducts(impatient, load).find(1)).toEqual({ id: 1, loads: 1 });
  });
});
