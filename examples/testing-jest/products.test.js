const { createClient, parseConnectionString } = require('memfleet');
const { memoryFull, reset, startServer } = require('memfleet/testing');
const { createProducts } = require('./products.js');

let loads = 0;
const load = (id) => ({ id, loads: ++loads });
beforeEach(() => {
  loads = 0;
});

describe('with the server of all test files', () => {
  let cache;
  beforeAll(() => {
    // Other files use it as well: this one has keys of its own.
    cache = createClient({ ...parseConnectionString(process.env.MEMFLEET_URL), prefix: 'products.test:' });
  });
  afterAll(() => cache.close());

  test('a product is loaded once', async () => {
    const products = createProducts(cache, load);
    expect(await products.find(1)).toEqual({ id: 1, loads: 1 });
    expect(await products.find(1)).toEqual({ id: 1, loads: 1 });
  });
});

describe('with a server of its own', () => {
  let server;
  let cache;
  beforeAll(async () => {
    server = await startServer();
    cache = server.client({ retry: false });
  });
  beforeEach(async () => {
    await server.clearFaults();
    server.items.clear();
    server.commands.clear();
  });
  afterAll(() => server.stop());

  test('a product is stored for a minute', async () => {
    await createProducts(cache, load).find(1);
    expect(server.commands.of('set')).toMatchObject([{ key: 'product:1', exptime: 60 }]);
  });

  test('a change is read at once', async () => {
    server.items.put('product:1', { id: 1, name: 'old' });
    const products = createProducts(cache, load);
    await products.change(1, { name: 'new' }, async () => {});
    expect(await products.find(1)).toEqual({ id: 1, loads: 1 });
  });

  test.each([
    ['is out', reset()],
    ['is full', memoryFull()],
  ])('a product is found while the cache %s', async (_, fault) => {
    server.inject(fault);
    expect(await createProducts(cache, load).find(1)).toEqual({ id: 1, loads: 1 });
  });
});
