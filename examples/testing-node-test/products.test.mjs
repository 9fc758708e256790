import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { memoryFull, reset, startServer } from 'memfleet/testing';
import { createProducts } from './products.mjs';

let server;
let cache;
let loads = 0;
const load = (id) => ({ id, loads: ++loads });

before(async () => {
  server = await startServer();
  cache = server.client({ retry: false });
});
beforeEach(async () => {
  loads = 0;
  await server.clearFaults();
  server.items.clear();
  server.commands.clear();
});
after(() => server.stop());

test('a product is loaded once, and stored for a minute', async () => {
  const products = createProducts(cache, load);
  assert.deepEqual(await products.find(1), { id: 1, loads: 1 });
  assert.deepEqual(await products.find(1), { id: 1, loads: 1 });
  assert.deepEqual(
    server.commands.of('set').map(({ key, exptime }) => [key, exptime]),
    [['product:1', 60]],
  );
});

test('a change is read at once', async () => {
  server.items.put('product:1', { id: 1, name: 'old' });
  const products = createProducts(cache, load);
  await products.change(1, { name: 'new' }, async () => {});
  assert.deepEqual(await products.find(1), { id: 1, loads: 1 });
});

const faults = { 'is out': reset(), 'is full': memoryFull() };
for (const [state, fault] of Object.entries(faults)) {
  test(`a product is found while the cache ${state}`, async () => {
    server.inject(fault);
    assert.deepEqual(await createProducts(cache, load).find(1), { id: 1, loads: 1 });
  });
}
