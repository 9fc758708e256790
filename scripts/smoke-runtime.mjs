/**
 * The built library on the runtime that runs this file (Node, Bun): an embedded server, a client by each protocol, a value of 1 MB, a node that goes
 * away. Prints one line; exits 1 when something is not as it should be.
 */
import assert from 'node:assert/strict';
import { createClient } from '../packages/memfleet/dist/index.js';
import { createServer } from '../packages/memfleet/dist/server/index.js';

/** @param {'meta' | 'text' | 'binary'} protocol @param {string} node */
async function exercise(protocol, node) {
  const client = createClient({ nodes: node, protocol, prefix: `${protocol}:`, timeout: 5000 });
  const large = Buffer.alloc(1024 * 1024 - 1024, 'memfleet');
  assert.equal(await client.set('text', 'grüße'), true);
  assert.equal(await client.get('text'), 'grüße');
  assert.equal(await client.set('large', large), true);
  assert.equal(Buffer.compare(/** @type {Buffer} */ (await client.get('large')), large), 0);
  assert.equal(await client.incr('counter', 1n, { initial: 2n ** 63n }), 2n ** 63n);
  const keys = Array.from({ length: 500 }, (_, index) => `key${index}`);
  await client.setMany(keys.map((key, index) => /** @type {const} */ ([key, index])));
  const values = await Promise.all(keys.map((key) => client.get(key)));
  assert.deepEqual(
    values,
    keys.map((_, index) => index),
  );
  assert.equal((await client.getMany(keys)).size, keys.length);
  await client.close();
}

const server = createServer({ port: 0 });
const address = await server.listen();
const node = 'port' in address ? `127.0.0.1:${address.port}` : '';
for (const protocol of /** @type {const} */ (['meta', 'text', 'binary'])) await exercise(protocol, node);

const client = createClient({ nodes: node, timeout: 500, retry: false });
await client.set('key', 'value');
await server.destroy();
await assert.rejects(
  client.get('key'),
  (error) => /** @type {{ code?: string }} */ (error).code?.startsWith('ERR_') === true,
);
await client.close();

const versions = /** @type {Record<string, string | undefined>} */ (process.versions);
const runtime = versions['bun'] === undefined ? `Node ${process.version}` : `Bun ${versions['bun']}`;
console.log(`${runtime}: the client and the embedded server work`);
